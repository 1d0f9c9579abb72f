package nfqueue

import (
	"container/heap"
	"time"
)

// held is the packets that wait, the one due first on top; those due at the same time in order of arrival.
type held []packet

// packet is one the kernel holds, by its id, or a frame that is to be sent again.
type packet struct {
	arrived time.Time
	due     time.Time
	waits   []wait
	order   uint64
	id      uint32
	// changed is what the kernel is to send in the place of what it holds; nil: just that.
	changed []byte
	frame   *frame
}

// forget takes out what a stage wants the packet to wait.
func (p *packet) forget(stage *Stage) {
	p.due = p.arrived
	var kept []wait // not in place: copies of a packet share theirs
	for _, w := range p.waits {
		if w.stage != stage {
			kept = append(kept, w)
			p.due = p.due.Add(w.time)
		}
	}
	p.waits = kept
}

func (p *packet) waitsFor(stage *Stage) bool {
	for _, w := range p.waits {
		if w.stage == stage {
			return true
		}
	}
	return false
}

func (h held) Len() int { return len(h) }

func (h held) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].order < h[j].order
	}
	return h[i].due.Before(h[j].due)
}

func (h held) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *held) Push(x any) { *h = append(*h, x.(packet)) }

func (h *held) Pop() any {
	last := len(*h) - 1
	p := (*h)[last]
	*h = (*h)[:last]
	return p
}

// take removes up to n packets due at the given time.
func (h *held) take(now time.Time, n int) []packet {
	var due []packet
	for len(due) < n && h.Len() > 0 && !(*h)[0].due.After(now) {
		due = append(due, heap.Pop(h).(packet))
	}
	return due
}
