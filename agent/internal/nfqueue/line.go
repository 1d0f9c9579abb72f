package nfqueue

import (
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"squall.dev/agent/internal/netfilter"
	"squall.dev/agent/internal/traffic"
)

// Line is what passes an interface in one direction, as far as faults are concerned with it: one queue of the
// kernel's, and a stage for each fault. A packet goes through all the stages whose filters choose it, in the order
// they came, so faults add up.
type Line struct {
	queue     *queue
	direction traffic.Direction
	copier    copier // nil: the kernel holds every packet

	mutex   sync.Mutex
	stages  []*Stage
	class   *Class
	waiting held
	order   uint64
	counts  LineCounts
	failure error

	// wake is an event descriptor that has the thread look around
	wake   int
	closed bool
	thread sync.WaitGroup
}

// LineCounts are of packets, since the queue was bound.
type LineCounts struct {
	// Lost could not be sent again.
	Lost uint64
	// Uncopied could not be duplicated, for example when the way to their destination was not known.
	Uncopied uint64
	// Held wait now.
	Held int
	// Overruns is how often the kernel had packets it could not hand over; they passed untouched.
	Overruns uint64
}

// copier sends copies of packets, past the queue.
type copier interface {
	// instead gives a copy that can be sent instead of the packet itself; nil: the kernel has to keep that.
	instead(now time.Time, data []byte, header traffic.Packet) *frame
	// another gives a copy to be sent besides; nil: there is no way to.
	another(now time.Time, data []byte, header traffic.Packet) *frame
	send(*frame) error
	close() error
}

// Open binds a free queue, whose number a rule can then name, for packets that leave by the device, or come in by it.
func Open(device string, direction traffic.Direction) (*Line, error) {
	copier, err := newCopier(device, direction)
	if err != nil {
		return nil, err
	}
	q, err := bind()
	if err != nil {
		if copier != nil {
			err = errors.Join(err, copier.close())
		}
		return nil, err
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		err = errors.Join(fmt.Errorf("event descriptor: %w", err), q.socket.Close())
		if copier != nil {
			err = errors.Join(err, copier.close())
		}
		return nil, err
	}
	l := &Line{queue: q, direction: direction, copier: copier, wake: wake}
	l.thread.Go(l.run)
	return l, nil
}

func newCopier(device string, direction traffic.Direction) (copier, error) {
	if direction == traffic.Ingress {
		return newInjector()
	}
	resender, err := newResender(device)
	if resender == nil { // as an interface it would not be nil
		return nil, err
	}
	return resender, nil
}

// Number is the queue's number.
func (l *Line) Number() uint16 { return l.queue.number }

// CanCopy tells whether packets can be duplicated here.
func (l *Line) CanCopy() bool { return l.copier != nil }

// Class is one of the interface's qdisc, for the packets a filter chooses. The kernel sets it on the packets themselves;
// copies have to be sent with it.
type Class struct {
	Filter   traffic.Filter
	Priority uint32
}

// Classify tells the class there is; nil: none.
func (l *Line) Classify(class *Class) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.class = class
}

// Add has one more fault apply to what comes from now on.
func (l *Line) Add(filter traffic.Filter, impairment Impairment) *Stage {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	stage := newStage(filter, impairment)
	l.stages = append(l.stages, stage)
	return stage
}

// Remove takes a fault out. Packets wait only as long as the others want; those that it alone held go on at once.
func (l *Line) Remove(stage *Stage) {
	l.mutex.Lock()
	l.stages = slices.DeleteFunc(l.stages, func(s *Stage) bool { return s == stage })
	for i := range l.waiting {
		l.waiting[i].forget(stage)
	}
	heap.Init(&l.waiting)
	l.mutex.Unlock()
	l.poke()
}

// Counts tells what a stage has done.
func (l *Line) Counts(stage *Stage) (Counts, LineCounts) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	counts := l.counts
	counts.Held = 0
	for _, p := range l.waiting {
		if p.waitsFor(stage) {
			counts.Held++
		}
	}
	return stage.counts, counts
}

// State reads the queue back from the kernel. It is an error when it is not bound by this Line, or when this Line no
// longer takes its packets.
func (l *Line) State() (State, error) {
	l.mutex.Lock()
	failure := l.failure
	l.mutex.Unlock()
	if failure != nil {
		return State{}, failure
	}
	state, err := readState(l.queue.number)
	if err != nil {
		return State{}, err
	}
	if state == nil {
		return State{}, fmt.Errorf("packet queue %d is not bound", l.queue.number)
	}
	if state.Port != l.queue.socket.Port() {
		return State{}, fmt.Errorf("packet queue %d is bound by netlink port %d, not by %d", l.queue.number, state.Port, l.queue.socket.Port())
	}
	return *state, nil
}

// Drain waits until nothing is held any more, which is soon once all stages are removed.
func (l *Line) Drain(limit time.Duration) error {
	for end := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		state, err := l.State()
		l.mutex.Lock()
		held := l.waiting.Len()
		l.mutex.Unlock()
		if err != nil || state.Waiting == 0 && held == 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("packet queue %d still holds %d packets, its agent %d", l.queue.number, state.Waiting, held)
		}
	}
}

// Close unbinds the queue. The kernel drops what it still holds: Drain comes first.
func (l *Line) Close() error {
	l.mutex.Lock()
	l.closed = true
	l.mutex.Unlock()
	l.poke()
	l.thread.Wait()
	err := l.queue.socket.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil // it failed before
	}
	if l.copier != nil {
		err = errors.Join(err, l.copier.close())
	}
	return errors.Join(err, unix.Close(l.wake))
}

// poke has the thread look at the packets that wait again.
func (l *Line) poke() {
	// It fails only when it has been poked times without number already.
	_, _ = unix.Write(l.wake, binary.NativeEndian.AppendUint64(nil, 1))
}

// run takes packets from the kernel and lets those go on whose time has come, on a thread of its own.
func (l *Line) run() {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	packets, event, verdicts := make([]byte, 128<<10), make([]byte, 8), []byte(nil)
	for worked := time.Now(); ; {
		next, paused, closed := l.rest(worked)
		if closed {
			return
		}
		here, poked, err := paused, false, error(nil)
		if !paused {
			here, poked, err = l.queue.socket.Poll(l.wake, next)
		}
		if poked {
			_, _ = unix.Read(l.wake, event) // there is one, or somebody else has woken this thread
		}
		if err == nil && here {
			var some bool
			if some, err = l.receive(packets, &verdicts); some {
				worked = time.Now()
			}
		}
		if err == nil {
			err = l.release(&verdicts)
		}
		if err != nil {
			l.fail(fmt.Errorf("packet queue %d: %w", l.queue.number, err))
			return
		}
	}
}

// unhurried is how long packets may lie in the kernel, and beyond their time, on a line where all are delayed by much
// more: that many fewer times the thread is woken, which is most of what a packet costs.
const (
	unhurried     = time.Millisecond
	unhurriedFrom = 20 * time.Millisecond
	// busy is a line whose last packet is no longer ago
	busy = 20 * time.Millisecond
)

// rest tells for how long there is nothing to do, but for packets that come. When everything there is can wait a
// moment, it does, and packets may have come.
func (l *Line) rest(worked time.Time) (next time.Duration, paused, closed bool) {
	l.mutex.Lock()
	next = time.Hour
	if l.waiting.Len() > 0 {
		next = time.Until(l.waiting[0].due)
	}
	hurried := len(l.stages) == 0 || l.closed
	for _, stage := range l.stages {
		hurried = hurried || stage.impairment.Delay < unhurriedFrom || stage.impairment.AtOnce > 0
	}
	closed = l.closed
	l.mutex.Unlock()
	idle := time.Since(worked)
	if idle < busy {
		// The next packet is near, and so short a wait costs less.
		next = min(next, netfilter.Shortly)
	}
	if hurried || idle >= unhurried {
		return next, false, closed
	}
	netfilter.Pause(unhurried - idle)
	return 0, true, closed
}

// receive takes what is there, but not so much that others wait too long to be let go; it tells whether there was any.
func (l *Line) receive(buffer []byte, verdicts *[]byte) (bool, error) {
	const batch = 64
	some := false
	for range batch {
		n, err := l.queue.socket.Receive(buffer)
		now := time.Now()
		switch {
		case errors.Is(err, unix.EAGAIN):
			return some, nil
		case errors.Is(err, unix.ENOBUFS):
			l.mutex.Lock()
			l.counts.Overruns++
			l.mutex.Unlock()
			continue
		case err != nil:
			return some, fmt.Errorf("receive: %w", err)
		}
		some = true
		replies, err := netfilter.Parse(buffer[:n])
		if err != nil {
			return some, err
		}
		if err := l.take(now, replies, verdicts); err != nil {
			return some, err
		}
	}
	return some, nil
}

// take decides on packets. Those that need not wait go on from here.
func (l *Line) take(now time.Time, replies []netfilter.Reply, buffer *[]byte) error {
	verdicts := (*buffer)[:0]
	l.mutex.Lock()
	for _, reply := range replies {
		// An error here answers a verdict on a packet the kernel has already given up, with its device for example.
		if reply.Type != messagePacket {
			continue
		}
		id, data, ok := parsePacket(reply.Attributes)
		if !ok {
			continue
		}
		header, readable := traffic.Parse(data)
		if !readable || l.waiting.Len() >= MaxHeld {
			verdicts = l.queue.appendVerdict(verdicts, id, verdictAccept, nil)
		} else {
			verdicts = l.place(verdicts, now, id, data, header)
		}
	}
	l.mutex.Unlock()
	*buffer = verdicts
	return l.give(verdicts)
}

// give tells the kernel what becomes of packets.
func (l *Line) give(verdicts []byte) error {
	if len(verdicts) == 0 {
		return nil
	}
	if err := l.queue.socket.Send(verdicts); err != nil {
		return fmt.Errorf("give packets back: %w", err)
	}
	return nil
}

// linkHeader is counted by a rate limit, as a qdisc does: that of Ethernet.
const linkHeader = 14

// place finds out what becomes of a packet; the mutex is held.
func (l *Line) place(verdicts []byte, now time.Time, id uint32, data []byte, header traffic.Packet) []byte {
	passages := []passage{{}}
	for _, stage := range l.stages {
		if !stage.filter.Matches(header, l.direction) {
			continue
		}
		stage.counts.Packets++
		var after []passage
		for _, one := range passages {
			after = stage.apply(now, len(data)+linkHeader, one, after)
		}
		passages = after
	}
	if len(passages) == 0 {
		return l.queue.appendVerdict(verdicts, id, verdictDrop, nil)
	}
	for i, one := range passages {
		content, changed := data, []byte(nil)
		if one.corrupt {
			changed = slices.Clone(data)
			flipBit(changed, header)
			content = changed
		}
		p := packet{arrived: now, due: now.Add(one.wait()), waits: one.waits, id: id, changed: changed}
		switch {
		case i > 0:
			if l.copier != nil {
				p.frame = l.copier.another(now, content, header)
			}
			if p.frame == nil {
				l.counts.Uncopied++
				continue
			}
		case p.due.Equal(now):
			verdicts = l.queue.appendVerdict(verdicts, id, verdictAccept, changed)
			continue
		default:
			if l.copier != nil {
				p.frame = l.copier.instead(now, content, header)
			}
			if p.frame != nil {
				verdicts = l.queue.appendVerdict(verdicts, id, verdictDrop, nil)
			}
		}
		if p.frame != nil && l.class != nil && l.class.Filter.Matches(header, l.direction) {
			p.frame.priority = l.class.Priority
		}
		l.order++
		p.order = l.order
		heap.Push(&l.waiting, p)
	}
	return verdicts
}

// release lets those go on whose time has come, in their order.
func (l *Line) release(buffer *[]byte) error {
	const batch = 256
	l.mutex.Lock()
	due := l.waiting.take(time.Now(), batch)
	l.mutex.Unlock()
	if len(due) == 0 {
		return nil
	}
	verdicts := (*buffer)[:0]
	lost := 0
	for _, p := range due {
		if p.frame == nil {
			verdicts = l.queue.appendVerdict(verdicts, p.id, verdictAccept, p.changed)
			continue
		}
		if err := l.give(verdicts); err != nil {
			return err
		}
		verdicts = verdicts[:0]
		// What is lost here TCP sends once more, as when the device itself loses it.
		if err := l.copier.send(p.frame); err != nil {
			lost++
		}
	}
	*buffer = verdicts
	l.mutex.Lock()
	l.counts.Lost += uint64(lost)
	l.mutex.Unlock()
	return l.give(verdicts)
}

// fail closes the socket, so that the queue is bypassed, and remembers why for State.
func (l *Line) fail(err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.failure == nil {
		l.failure = errors.Join(err, l.queue.socket.Close())
	}
}
