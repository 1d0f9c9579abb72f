package nfqueue

import (
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/netfilter"
)

// Delay takes the packets of one queue and lets each go on after delay ± jitter.
type Delay struct {
	queue    *queue
	resender *resender // nil: the kernel holds every packet
	delay    time.Duration
	jitter   time.Duration

	mutex   sync.Mutex
	waiting held
	order   uint64
	// letGo: packets no longer wait.
	letGo bool
	wake  chan struct{}
	done  chan struct{}
	tasks sync.WaitGroup

	counts  Counts
	failure error
}

// Counts are of packets, since the queue was bound.
type Counts struct {
	Received uint64
	// Released went on after their delay.
	Released uint64
	// Lost could not be sent again.
	Lost uint64
	// Held wait now.
	Held int
	// Overruns is how often the kernel had packets it could not hand over; they passed undelayed.
	Overruns uint64
}

// Start binds a free queue, whose number a rule can then name. Jitter is uniform; without any, order is kept.
// Packets are to leave by the device.
func Start(device string, delay, jitter time.Duration) (*Delay, error) {
	resender, err := newResender(device)
	if err != nil {
		return nil, err
	}
	q, err := bind()
	if err != nil {
		if resender != nil {
			err = errors.Join(err, resender.close())
		}
		return nil, err
	}
	d := &Delay{queue: q, resender: resender, delay: delay, jitter: jitter, wake: make(chan struct{}, 1), done: make(chan struct{})}
	d.tasks.Go(d.receive)
	d.tasks.Go(d.release)
	return d, nil
}

// Number is the queue's number.
func (d *Delay) Number() uint16 { return d.queue.number }

// State reads the queue back from the kernel. It is an error when it is not bound by this Delay, or when
// this Delay no longer takes its packets.
func (d *Delay) State() (State, error) {
	d.mutex.Lock()
	failure := d.failure
	d.mutex.Unlock()
	if failure != nil {
		return State{}, failure
	}
	state, err := readState(d.queue.number)
	if err != nil {
		return State{}, err
	}
	if state == nil {
		return State{}, fmt.Errorf("packet queue %d is not bound", d.queue.number)
	}
	if state.Port != d.queue.socket.Port() {
		return State{}, fmt.Errorf("packet queue %d is bound by netlink port %d, not by %d", d.queue.number, state.Port, d.queue.socket.Port())
	}
	return *state, nil
}

// Counts tells what has passed.
func (d *Delay) Counts() Counts {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	counts := d.counts
	counts.Held = d.waiting.Len()
	return counts
}

// LetGo gives every held packet back at once, and those that still come; it returns when the kernel holds none.
func (d *Delay) LetGo(limit time.Duration) error {
	d.mutex.Lock()
	d.letGo = true
	now := time.Now()
	for i := range d.waiting {
		d.waiting[i].due = now
	}
	heap.Init(&d.waiting)
	d.mutex.Unlock()
	d.poke()
	for end := now.Add(limit); ; time.Sleep(time.Millisecond) {
		state, err := d.State()
		held := d.Counts().Held
		if err != nil || state.Waiting == 0 && held == 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("packet queue %d still holds %d packets, its agent %d", d.queue.number, state.Waiting, held)
		}
	}
}

// Close unbinds the queue. The kernel drops what it still holds: LetGo comes first.
func (d *Delay) Close() error {
	close(d.done)
	err := d.queue.socket.Close()
	d.tasks.Wait()
	if errors.Is(err, os.ErrClosed) {
		err = nil // it failed before
	}
	if d.resender != nil {
		err = errors.Join(err, d.resender.close())
	}
	return err
}

func (d *Delay) receive() {
	buffer := make([]byte, 128<<10)
	for {
		n, err := d.queue.socket.Wait(buffer)
		now := time.Now()
		switch {
		case errors.Is(err, os.ErrClosed):
			return
		case errors.Is(err, unix.ENOBUFS):
			d.mutex.Lock()
			d.counts.Overruns++
			d.mutex.Unlock()
			continue
		case err != nil:
			d.fail(fmt.Errorf("receive from packet queue %d: %w", d.queue.number, err))
			return
		}
		replies, err := netfilter.Parse(buffer[:n])
		if err != nil {
			d.fail(err)
			return
		}
		d.hold(now, replies)
	}
}

func (d *Delay) hold(now time.Time, replies []netfilter.Reply) {
	first := false
	var taken []byte
	for _, reply := range replies {
		// An error here answers a verdict on a packet the kernel has already given up, with its device for example.
		if reply.Type != messagePacket {
			continue
		}
		id, payload, ok := parsePacket(reply.Attributes)
		if !ok {
			continue
		}
		var copied *frame
		if d.resender != nil {
			copied = d.resender.frame(now, payload)
		}
		d.mutex.Lock()
		if d.waiting.Len() >= MaxHeld {
			copied = nil
		}
		if copied != nil {
			taken = d.queue.appendVerdict(taken, id, verdictDrop)
		}
		d.counts.Received++
		d.order++
		p := packet{due: now.Add(d.wait()), order: d.order, id: id, frame: copied}
		heap.Push(&d.waiting, p)
		first = first || d.waiting[0].order == p.order
		d.mutex.Unlock()
	}
	if len(taken) > 0 {
		if err := d.queue.socket.Send(taken); err != nil && !errors.Is(err, os.ErrClosed) {
			d.fail(fmt.Errorf("take packets from queue %d: %w", d.queue.number, err))
		}
	}
	if first {
		d.poke()
	}
}

func (d *Delay) wait() time.Duration {
	switch {
	case d.letGo:
		return 0
	case d.jitter == 0:
		return d.delay
	}
	return d.delay - d.jitter + rand.N(2*d.jitter+1)
}

// poke has the releasing goroutine look at the first packet again.
func (d *Delay) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func (d *Delay) release() {
	const batch = 256
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var buffer []byte
	for {
		d.mutex.Lock()
		due := d.waiting.take(time.Now(), batch)
		next := time.Hour
		if d.waiting.Len() > 0 {
			next = time.Until(d.waiting[0].due)
		}
		d.mutex.Unlock()
		if len(due) > 0 {
			if err := d.letOn(due, &buffer); err != nil {
				d.fail(err)
				return
			}
			continue
		}
		timer.Reset(next)
		select {
		case <-d.done:
			return
		case <-d.wake:
		case <-timer.C:
		}
	}
}

// letOn lets packets go on, in their order.
func (d *Delay) letOn(due []packet, buffer *[]byte) error {
	verdicts := (*buffer)[:0]
	give := func() error {
		if len(verdicts) == 0 {
			return nil
		}
		err := d.queue.socket.Send(verdicts)
		verdicts = verdicts[:0]
		if err != nil && !errors.Is(err, os.ErrClosed) {
			return fmt.Errorf("give packets back to queue %d: %w", d.queue.number, err)
		}
		return nil
	}
	lost := 0
	for _, p := range due {
		if p.frame == nil {
			verdicts = d.queue.appendVerdict(verdicts, p.id, verdictAccept)
			continue
		}
		if err := give(); err != nil {
			return err
		}
		// What is lost here TCP sends once more, as when the device itself loses it.
		if err := d.resender.send(p.frame); err != nil {
			lost++
		}
	}
	err := give()
	*buffer = verdicts
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.counts.Released += uint64(len(due) - lost)
	d.counts.Lost += uint64(lost)
	return err
}

// fail closes the socket, so that the queue is bypassed, and remembers why for State.
func (d *Delay) fail(err error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.failure == nil {
		d.failure = errors.Join(err, d.queue.socket.Close())
	}
}
