package nfqueue

import "time"

// bucket is a token bucket with a queue before it, as the kernel's tbf: a packet goes on when there are tokens for
// all its bytes, in order, and one that finds the queue full is dropped.
type bucket struct {
	rate  float64 // bytes a second
	burst float64 // bytes it holds when full
	queue float64 // bytes that may wait

	tokens float64 // below 0: so many bytes wait
	at     time.Time
}

// take gives how long a packet of so many bytes has to wait; false: it is dropped.
func (b *bucket) take(now time.Time, bytes int) (time.Duration, bool) {
	if b.at.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.at).Seconds())
	}
	b.at = now
	left := b.tokens - float64(bytes)
	if left >= 0 {
		b.tokens = left
		return 0, true
	}
	if -left > b.queue {
		return 0, false
	}
	b.tokens = left
	return time.Duration(-left / b.rate * float64(time.Second)), true
}
