package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// dutyPeriod is the time over which a worker's load holds.
const dutyPeriod = 100 * time.Millisecond

// cpuLoad burns a share of each of some cores, by a thread each, until the process ends.
type cpuLoad struct {
	cores   int
	percent float64
}

func openCPULoad(r registration) (load, error) {
	return &cpuLoad{cores: *r.Cores, percent: *r.Load}, nil // they are there: check wants them
}

func (l *cpuLoad) begin() error {
	runtime.GOMAXPROCS(l.cores + 1) // one for whoever watches over them
	burning := make(chan struct{})
	var missing atomic.Int64
	missing.Store(int64(l.cores))
	for range l.cores {
		go burn(l.percent/100, func() {
			if missing.Add(-1) == 0 {
				close(burning)
			}
		})
	}
	<-burning
	return nil
}

func (l *cpuLoad) about() string { return fmt.Sprintf("%d threads at %v %%", l.cores, l.percent) }

func (l *cpuLoad) broken() <-chan string { return nil }

func (l *cpuLoad) end() *measurement { return nil } // its threads go with the process

// measure is what was used over a window.
func (l *cpuLoad) measure() measurement {
	before, err := cpuTime(os.Getpid())
	time.Sleep(useWindow)
	var after time.Duration
	if err == nil {
		after, err = cpuTime(os.Getpid())
	}
	if err != nil {
		return measurement{Evidence: oneLine(err)}
	}
	return measurement{
		InEffect: after-before > leastUse,
		Evidence: fmt.Sprintf("%v of CPU time in %v, by %s, %v in all",
			(after - before).Round(time.Millisecond), useWindow, l.about(), after.Round(time.Millisecond)),
		Counters: map[string]float64{"workers": float64(l.cores)},
	}
}

func burn(share float64, begun func()) {
	runtime.LockOSThread()
	target := time.Duration(share * float64(dutyPeriod))
	for {
		start, used := time.Now(), threadTime()
		for threadTime()-used < target && time.Since(start) < dutyPeriod {
			spin(20_000)
			if begun != nil {
				begun()
				begun = nil
			}
		}
		if target < dutyPeriod {
			time.Sleep(dutyPeriod - time.Since(start))
		}
	}
}

// threadTime is the CPU time of this thread: on a busy machine, a share of the wall clock would be less.
func threadTime() time.Duration {
	var used unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Nano())
}

//go:noinline
func spin(rounds int) uint64 {
	x := uint64(rounds) | 1
	for range rounds {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}
