package main

import (
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// dutyPeriod is the time over which a worker's load holds.
const dutyPeriod = 100 * time.Millisecond

type workers struct {
	// burning is closed when each has used CPU time.
	burning chan struct{}
}

// startWorkers burns a share of n cores, by n threads, until the process ends.
func startWorkers(n int, share float64) *workers {
	runtime.GOMAXPROCS(n + 1) // one for whoever watches over them
	w := &workers{burning: make(chan struct{})}
	var missing atomic.Int64
	missing.Store(int64(n))
	for range n {
		go burn(share, func() {
			if missing.Add(-1) == 0 {
				close(w.burning)
			}
		})
	}
	return w
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
