package main

import (
	"sync"
	"time"
)

// idleClock closes Expired when no fault has held for a time.
type idleClock struct {
	mutex   sync.Mutex
	timeout time.Duration
	timer   *time.Timer
	holding bool
	expired chan struct{}
}

func newIdleClock(timeout time.Duration) *idleClock {
	c := &idleClock{timeout: timeout, expired: make(chan struct{})}
	c.timer = time.AfterFunc(timeout, c.expire)
	return c
}

// touch starts the time anew: somebody is about to start a fault.
func (c *idleClock) touch() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.holding {
		c.timer.Reset(c.timeout)
	}
}

// busy stops the time while a fault holds, and starts it when none does any more.
func (c *idleClock) busy(holding bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch {
	case holding:
		c.timer.Stop()
	case c.holding:
		c.timer.Reset(c.timeout)
	}
	c.holding = holding
}

func (c *idleClock) expire() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.holding {
		select {
		case <-c.expired:
		default:
			close(c.expired)
		}
	}
}
