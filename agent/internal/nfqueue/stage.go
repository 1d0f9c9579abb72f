package nfqueue

import (
	"math/rand/v2"
	"time"

	"squall.dev/agent/internal/traffic"
)

// Impairment is what one fault does to packets. Shares are percentages of the packets that its filter chooses.
type Impairment struct {
	Delay, Jitter time.Duration
	// AtOnce of the packets are not delayed, of those whose turn it is: every packet, or every so many'th by Gap.
	AtOnce float64
	Gap    int
	Loss   float64
	// Duplicate of the packets come twice, the second by the same rules but not doubled again.
	Duplicate float64
	// Corrupt of the packets have one bit flipped, and their checksum left as it is.
	Corrupt float64
	// BytesPerSecond is 0 when the rate is not limited.
	BytesPerSecond, Burst, Queue float64
	// Correlation of each chance, and of the jitter, with its last.
	Correlation float64
}

// Counts are of packets, since a fault began.
type Counts struct {
	// Packets are those that its filter chose.
	Packets, Delayed, Lost, Duplicated, Corrupted, AtOnce, OverLimit uint64
}

// Stage is one fault's part of a Line.
type Stage struct {
	filter     traffic.Filter
	impairment Impairment

	jitter                           correlated
	atOnce, loss, duplicate, corrupt chance
	bucket                           *bucket
	// since the last packet that went at once
	passed int
	counts Counts
}

func newStage(filter traffic.Filter, i Impairment) *Stage {
	s := &Stage{
		filter: filter, impairment: i,
		jitter: newCorrelated(i.Correlation), atOnce: newChance(i.AtOnce, i.Correlation),
		loss: newChance(i.Loss, i.Correlation), duplicate: newChance(i.Duplicate, i.Correlation), corrupt: newChance(i.Corrupt, i.Correlation),
	}
	if i.BytesPerSecond > 0 {
		s.bucket = &bucket{rate: i.BytesPerSecond, burst: i.Burst, queue: i.Queue}
	}
	return s
}

// passage is what becomes of one copy of a packet.
type passage struct {
	corrupt bool
	waits   []wait
}

// wait is one stage's share of the time a packet is held.
type wait struct {
	stage *Stage
	time  time.Duration
}

func (p passage) wait() time.Duration {
	sum := time.Duration(0)
	for _, w := range p.waits {
		sum += w.time
	}
	return sum
}

// apply adds the passages a packet has after this stage, which has it in one. In the order of the kernel's netem:
// a packet that is both doubled and lost passes once.
func (s *Stage) apply(now time.Time, bytes int, before passage, after []passage) []passage {
	copies := 1
	if s.duplicate.happens() {
		copies++
		s.counts.Duplicated++
	}
	if s.loss.happens() {
		copies--
		s.counts.Lost++
	}
	for range copies {
		one := before
		// a slice of its own, for it to grow in
		one.waits = before.waits[:len(before.waits):len(before.waits)]
		if s.corrupt.happens() {
			one.corrupt = true
			s.counts.Corrupted++
		}
		held, ok := s.hold(now, bytes)
		if !ok {
			s.counts.OverLimit++
			continue
		}
		if held > 0 {
			s.counts.Delayed++
			one.waits = append(one.waits, wait{s, held})
		}
		after = append(after, one)
	}
	return after
}

// hold is how long a packet waits here; false: it finds the queue full.
func (s *Stage) hold(now time.Time, bytes int) (time.Duration, bool) {
	limited := time.Duration(0)
	if s.bucket != nil {
		var ok bool
		if limited, ok = s.bucket.take(now, bytes); !ok {
			return 0, false
		}
	}
	i := s.impairment
	if i.Delay == 0 {
		return limited, true
	}
	// As netem has it: only every Gap'th packet may go at once.
	if i.AtOnce > 0 && s.passed >= i.Gap-1 && s.atOnce.happens() {
		s.passed = 0
		s.counts.AtOnce++
		return limited, true
	}
	s.passed++
	delay := i.Delay
	if i.Jitter > 0 {
		spread := uint64(2*i.Jitter + 1)
		delay += time.Duration(uint64(s.jitter.next())*spread>>32) - i.Jitter
	}
	return limited + delay, true
}

// flipBit damages a packet where its addressee, but not the network, is to notice: in what its transport header
// carries, or in that header when it carries nothing. A packet without either stays as it is.
func flipBit(packet []byte, header traffic.Packet) {
	from := header.Payload
	if from == len(packet) {
		from = header.Transport
	}
	if from < len(packet) {
		at := from + rand.IntN(len(packet)-from)
		packet[at] ^= 1 << rand.IntN(8)
	}
}
