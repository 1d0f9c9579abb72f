package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// stressGrace is how much longer than its deadline a stress process may take to end by itself.
	stressGrace = time.Second
	endTimeout  = 2 * time.Second
	// A process that burns uses more than leastUse in each window, even at a load of 1 %.
	useWindow = 250 * time.Millisecond
	leastUse  = 500 * time.Microsecond
	// measureTimeout is how long an answer may take from a process that gets little CPU time, or waits for a disk.
	measureTimeout = 4 * time.Second
)

// hostedStress is a stress process, seen from its agent.
type hostedStress struct {
	request    registration
	connection *net.UnixConn
	encoder    *lineEncoder
	pid        int
	// ready is closed once its load is felt; gone, once it has ended.
	ready, gone chan struct{}

	mutex  sync.Mutex
	line   *ready
	report consumption
	ended  string
	// measured last, and what is waited for, by number
	measured measurement
	waiting  map[int]chan measurement
	asked    int
}

// hostStress stays with a stress process until it ends.
func (a *agent) hostStress(request registration, connection *net.UnixConn) {
	encoder := newLineEncoder(connection)
	h, r, err := a.admit(request, connection, encoder)
	if err != nil {
		answer := fromAgent{Answer: refusal(err)}
		if r != nil {
			status := a.status(r)
			answer.Fault = &status
		}
		_ = encoder.Encode(answer)
		return
	}
	if r == nil { // it stresses already
		select {
		case <-h.ready:
			_ = encoder.Encode(fromAgent{Answer: Answer{OK: true}, Ready: h.line})
		case <-h.gone:
			_ = encoder.Encode(fromAgent{Answer: refusal(refuse("ended", "fault "+request.ID+" ended before it began"))})
		}
		return
	}
	a.noteIdle()
	defer a.noteIdle()
	h.listen()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.fault != nil {
		how, _ := h.revert(reasonLost)
		r.finish(how)
	}
}

// admit enters a stress process into the ledger. Without a record, it is the one that was there before.
func (a *agent) admit(request registration, connection *net.UnixConn, encoder *lineEncoder) (*hostedStress, *record, error) {
	arrived := time.Now()
	if err := request.check(); err != nil {
		return nil, nil, err
	}
	pid, err := peerPID(connection)
	if err != nil {
		return nil, nil, err
	}
	a.starting.Lock()
	defer a.starting.Unlock()
	if known := a.ledger.find(request.ID); known != nil {
		known.mutex.Lock()
		there, ok := known.fault.(*hostedStress)
		known.mutex.Unlock()
		if ok {
			return there, nil, nil
		}
		_, err := a.known(known)
		if err == nil {
			err = refuse("conflict", fmt.Sprintf("fault %s is of kind %s", known.id, known.kind))
		}
		return nil, known, err
	}
	if a.ledger.isBarred(request.ID) {
		return nil, nil, stoppedBefore(request.ID)
	}
	until, err := endOf(request.ID, arrived, request.ttl(), request.endsBy())
	if err != nil {
		return nil, nil, err
	}
	h := &hostedStress{
		request: request, connection: connection, encoder: encoder, pid: pid,
		ready: make(chan struct{}), gone: make(chan struct{}), waiting: map[int]chan measurement{},
	}
	r := &record{
		id: request.ID, kind: request.stressKind().fault, mechanism: request.stressKind().mechanism, fault: h,
		startedAt: arrived, endsAt: until,
	}
	r.deadline = time.AfterFunc(time.Until(until)+stressGrace, func() { a.expire(r) })
	if err := encoder.Encode(fromAgent{Answer: Answer{OK: true}}); err != nil {
		return nil, nil, err
	}
	if !a.ledger.add(r) {
		r.deadline.Stop()
		return nil, nil, stoppedBefore(request.ID)
	}
	return h, r, nil
}

// peerPID is the process at the other end, as this PID namespace knows it.
func peerPID(connection *net.UnixConn) (int, error) {
	raw, err := connection.SyscallConn()
	if err != nil {
		return 0, err
	}
	var peer *unix.Ucred
	var inner error
	if err := raw.Control(func(fd uintptr) { peer, inner = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return 0, err
	}
	if inner != nil {
		return 0, inner
	}
	if peer.Pid == 0 {
		return 0, refuse("invalid", "the stress process is not in a PID namespace this agent can see")
	}
	return int(peer.Pid), nil
}

// listen notes what the process says, until its connection ends.
func (h *hostedStress) listen() {
	defer close(h.gone)
	defer h.awaitEnd()
	reader := bufio.NewReader(h.connection)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			return
		}
		var word fromStress
		if err := json.Unmarshal(line, &word); err != nil {
			log.Printf("stress %s says %q: %v", h.request.ID, line, err)
			return
		}
		h.note(word)
	}
}

// awaitEnd follows the end of the connection, which mostly is the end of the process.
func (h *hostedStress) awaitEnd() {
	if awaitEnd(h.pid, endTimeout/2) {
		return
	}
	if err := endProcess(h.pid); err != nil {
		log.Printf("stress %s: %v", h.request.ID, err)
	}
}

func (h *hostedStress) note(word fromStress) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if word.Report != nil {
		h.report = *word.Report
	}
	if word.Ended != "" {
		h.ended = word.Ended
	}
	if word.Measured != nil {
		h.measured = *word.Measured
		if answer := h.waiting[word.Measured.Number]; answer != nil {
			answer <- *word.Measured
			delete(h.waiting, word.Measured.Number)
		}
	}
	if word.Ready != nil && h.line == nil {
		h.line = word.Ready
		close(h.ready)
	}
}

// readBack has the process ask the kernel; one that does not answer is not in effect.
func (h *hostedStress) readBack() readBack {
	select {
	case <-h.ready:
	case <-h.gone:
	case <-time.After(useWindow): // its word may be on its way
	}
	h.mutex.Lock()
	line := h.line
	h.mutex.Unlock()
	if line == nil {
		return readBack{evidence: fmt.Sprintf("stress process %d has not begun", h.pid), counters: h.counters()}
	}
	found, err := h.measure()
	if err != nil {
		return readBack{evidence: oneLine(err), counters: h.counters()}
	}
	return readBack{
		inEffect: found.InEffect,
		evidence: fmt.Sprintf("stress process %d in cgroup %s: %s", h.pid, line.Cgroup, found.Evidence),
		counters: h.counters(),
	}
}

func (h *hostedStress) measure() (measurement, error) {
	h.mutex.Lock()
	h.asked++
	number := h.asked
	answer := make(chan measurement, 1)
	h.waiting[number] = answer
	h.mutex.Unlock()
	defer func() {
		h.mutex.Lock()
		delete(h.waiting, number)
		h.mutex.Unlock()
	}()
	if err := h.encoder.Encode(fromAgent{Measure: number}); err != nil {
		return measurement{}, fmt.Errorf("ask stress process %d: %w", h.pid, err)
	}
	select {
	case found := <-answer:
		return found, nil
	case <-h.gone:
		return measurement{}, fmt.Errorf("stress process %d has ended", h.pid)
	case <-time.After(measureTimeout):
		return measurement{}, fmt.Errorf("stress process %d does not answer within %v", h.pid, measureTimeout)
	}
}

func (h *hostedStress) counters() map[string]float64 {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	counters := map[string]float64{"cpuSeconds": h.report.CPUSeconds}
	if h.report.ThrottledPeriods != nil && h.report.ThrottledSeconds != nil {
		counters["throttledPeriods"], counters["throttledSeconds"] = *h.report.ThrottledPeriods, *h.report.ThrottledSeconds
	}
	maps.Copy(counters, h.measured.Counters)
	return counters
}

// aftermath counts as in effect what is there of the process still.
func (h *hostedStress) aftermath() readBack {
	h.mutex.Lock()
	last := h.measured.Evidence
	h.mutex.Unlock()
	if running(h.pid) {
		return readBack{inEffect: true, evidence: fmt.Sprintf("stress process %d is there still", h.pid)}
	}
	return readBack{evidence: fmt.Sprintf("no stress process of it is to be found; its last word: %s", last)}
}

// revert tells the process to end, and makes it when it does not.
func (h *hostedStress) revert(reason string) (ending, error) {
	select {
	case <-h.gone:
		return ending{reason: h.farewell(reasonLost), counters: h.counters()}, nil
	default:
	}
	_ = h.encoder.Encode(fromAgent{Stop: reason}) // if it cannot hear, it is made to end
	if !h.awaitGone() {
		if err := unix.Kill(h.pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
			return ending{}, fmt.Errorf("kill stress process %d: %w", h.pid, err)
		}
		if !h.awaitGone() {
			return ending{}, fmt.Errorf("stress process %d does not end", h.pid)
		}
	}
	return ending{reason: h.farewell(reason), counters: h.counters()}, nil
}

func (h *hostedStress) awaitGone() bool {
	select {
	case <-h.gone:
		return true
	case <-time.After(endTimeout):
		return false
	}
}

// farewell is the reason the process gave, else the one given.
func (h *hostedStress) farewell(otherwise string) string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.ended != "" {
		return h.ended
	}
	return otherwise
}
