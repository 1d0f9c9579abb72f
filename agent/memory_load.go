package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	memoryWorkerCommand = "memory-worker"
	// mostOfNode is the share of the node's available memory that may be taken: beyond, other pods would pay.
	mostOfNode = 0.8
	// leastResident is the share of what was touched that must be there for the load to be in effect.
	leastResident = 0.9
)

// memoryLoad is memory that a child process holds and keeps touching. The child is the first the kernel kills when the
// cgroup's limit is reached; this process lives on to tell.
type memoryLoad struct {
	id      string
	bytes   float64
	workers int
	ramp    time.Duration
	limit   float64

	child       *exec.Cmd
	hold        io.WriteCloser
	touched     atomic.Uint64
	killsBefore float64
	ended       chan string
	exited      chan struct{}
	ending      atomic.Bool
}

func openMemoryLoad(r registration) (load, error) {
	l := &memoryLoad{
		id: r.ID, workers: orElse(r.Workers, 1), ramp: time.Duration(orElse(r.RampMs, 0) * 1e6), limit: memoryLimit(),
		ended: make(chan string, 1), exited: make(chan struct{}),
	}
	switch {
	case r.Bytes != nil:
		l.bytes = *r.Bytes
	case l.limit == 0:
		return nil, refuse("unsupported", "the container has no memory limit to take a percentage of: say how many bytes")
	default:
		l.bytes = math.Floor(*r.Percent / 100 * l.limit)
	}
	available, err := nodeMemory()
	if err != nil {
		return nil, err
	}
	taken := l.bytes
	if l.limit > 0 {
		taken = min(taken, l.limit)
	}
	if taken > available*mostOfNode {
		return nil, refuse("unsupported", fmt.Sprintf("%s is more than %.0f %% of the %s the node has available: other pods would pay for it",
			inBytes(taken), mostOfNode*100, inBytes(available)))
	}
	return l, nil
}

func (l *memoryLoad) begin() error {
	l.killsBefore = oomKills()
	l.child = exec.Command("/proc/self/exe", "stress", memoryWorkerCommand, "--id", l.id,
		strconv.FormatFloat(l.bytes, 'f', -1, 64), strconv.Itoa(l.workers), strconv.FormatInt(l.ramp.Milliseconds(), 10))
	// It ends when this pipe does, so with this process, whatever ends that.
	hold, err := l.child.StdinPipe()
	if err != nil {
		return err
	}
	l.hold = hold
	out, err := l.child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := l.child.Start(); err != nil {
		return refuse("unsupported", "the memory worker cannot be started: "+err.Error())
	}
	felt := make(chan struct{})
	go l.watch(out, felt)
	select {
	case <-felt:
		return nil
	case <-l.exited:
		return refuse("failed", "the memory worker ended before it was ready: "+l.howItEnded())
	}
}

// watch reads what the child has touched so far, and then how it ended.
func (l *memoryLoad) watch(out io.Reader, felt chan struct{}) {
	enough := uint64(l.bytes)
	if l.ramp > 0 {
		enough = 1
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		touched, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			continue
		}
		l.touched.Store(touched)
		if touched >= enough && felt != nil {
			close(felt)
			felt = nil
		}
	}
	_ = l.child.Wait()
	defer close(l.exited)
	if !l.ending.Load() {
		reason := reasonLost
		if l.oomKilled() {
			reason = reasonOOM
		}
		l.ended <- reason
	}
}

func (l *memoryLoad) oomKilled() bool {
	status, ok := l.child.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL && oomKills() > l.killsBefore
}

func (l *memoryLoad) howItEnded() string {
	if l.oomKilled() {
		return fmt.Sprintf("the kernel killed the memory worker with %s of %s touched: the container's limit is %s",
			inBytes(float64(l.touched.Load())), inBytes(l.bytes), l.limitText())
	}
	return fmt.Sprintf("the memory worker ended (%v) with %s of %s touched", l.child.ProcessState, inBytes(float64(l.touched.Load())), inBytes(l.bytes))
}

func (l *memoryLoad) limitText() string {
	if l.limit == 0 {
		return "none"
	}
	return inBytes(l.limit)
}

func (l *memoryLoad) about() string {
	text := fmt.Sprintf("%s by %d workers, where the container's limit is %s", inBytes(l.bytes), l.workers, l.limitText())
	if l.ramp > 0 {
		text += fmt.Sprintf(", growing over %v", l.ramp)
	}
	return text
}

func (l *memoryLoad) broken() <-chan string { return l.ended }

// measure is what the kernel says is resident of the worker.
func (l *memoryLoad) measure() measurement {
	select {
	case <-l.exited:
		return measurement{Evidence: l.howItEnded()}
	default:
	}
	touched := float64(l.touched.Load())
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.child.Process.Pid))
	if err != nil {
		return measurement{Evidence: err.Error()}
	}
	resident, swapped := readWord(string(data), "VmRSS")*1024, max(0, readWord(string(data), "VmSwap")*1024)
	found := measurement{
		InEffect: touched > 0 && resident+swapped >= touched*leastResident,
		Evidence: fmt.Sprintf("%s resident in worker %d, %s swapped out, of %s touched so far; %s",
			inBytes(resident), l.child.Process.Pid, inBytes(swapped), inBytes(touched), l.about()),
		Counters: map[string]float64{"workers": float64(l.workers), "residentBytes": resident, "swappedBytes": swapped, "touchedBytes": touched},
	}
	if kills := oomKills(); kills >= 0 && l.killsBefore >= 0 {
		found.Counters["oomKills"] = kills - l.killsBefore
	}
	return found
}

func (l *memoryLoad) end() *measurement {
	l.ending.Store(true)
	if l.child == nil || l.child.Process == nil {
		return nil
	}
	l.hold.Close()
	_ = l.child.Process.Kill()
	<-l.exited
	return &measurement{Evidence: l.howItEnded()}
}

// memoryWorker is the child: it touches bytes of memory by some threads, over some ms, and holds them until its input
// ends. It prints how many bytes were touched so far.
func memoryWorker(arguments []string) int {
	if len(arguments) != 5 { // --id ID, by which it is found, and what was asked
		return fail(invalid("arguments", fmt.Sprintf("%q", arguments), "--id ID BYTES WORKERS RAMP-MS"))
	}
	bytes, err1 := strconv.ParseFloat(arguments[2], 64)
	workers, err2 := strconv.Atoi(arguments[3])
	rampMs, err3 := strconv.Atoi(arguments[4])
	// To raise one's own needs no capability: it is to die before the workload does.
	if err := errors.Join(err1, err2, err3, os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)); err != nil {
		return fail(err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	t := &toucher{begun: time.Now(), ramp: time.Duration(rampMs) * time.Millisecond}
	share := int(math.Ceil(bytes / float64(workers)))
	for range workers {
		memory, err := unix.Mmap(-1, 0, share, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
		if err != nil {
			return fail(fmt.Errorf("map %d bytes: %w", share, err))
		}
		go t.touch(memory)
	}
	select {}
}

type toucher struct {
	begun time.Time
	ramp  time.Duration

	mutex   sync.Mutex
	touched int
}

// touch fills its memory page by page, with what neither compresses nor merges, and then goes over it again and again,
// so that it stays resident.
func (t *toucher) touch(memory []byte) {
	const chunk = 1 << 20
	page := os.Getpagesize()
	x := uint64(time.Now().UnixNano()) | 1
	for at := 0; at < len(memory); at += chunk {
		part := memory[at:min(at+chunk, len(memory))]
		if due := time.Duration(float64(t.ramp) * float64(at) / float64(len(memory))); due > 0 {
			time.Sleep(time.Until(t.begun.Add(due)))
		}
		for i := range len(part) / 8 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			for k := range 8 {
				part[i*8+k] = byte(x >> (8 * k))
			}
		}
		for i := len(part) / 8 * 8; i < len(part); i++ {
			part[i] = byte(i)
		}
		t.mutex.Lock()
		t.touched += len(part)
		fmt.Println(t.touched)
		t.mutex.Unlock()
	}
	for {
		time.Sleep(time.Second)
		for i := 0; i < len(memory); i += page {
			memory[i]++
		}
	}
}
