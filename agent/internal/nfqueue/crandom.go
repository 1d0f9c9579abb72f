package nfqueue

import "math/rand/v2"

// correlated draws numbers each of which depends on the one before, just as the kernel's netem does, so that a
// correlation means the same in both: get_crandom of net/sched/sch_netem.c,
//
//	answer = (value * (2^32 - (rho + 1)) + last * (rho + 1)) >> 32
//
// As there, numbers close to the ends of the range get rarer the higher the correlation is, so that a share well
// below a half happens more rarely than asked for.
type correlated struct {
	rho  uint32
	last uint32
}

// share is a part of all in the kernel's way: 0 is none, the highest number is all.
func share(percent float64) uint32 { return uint32(percent / 100 * 0xffffffff) }

func newCorrelated(percent float64) correlated {
	return correlated{rho: share(percent), last: rand.Uint32()}
}

func (c *correlated) next() uint32 {
	value := rand.Uint32()
	if c.rho == 0 {
		return value
	}
	rho := uint64(c.rho) + 1
	c.last = uint32((uint64(value)*(1<<32-rho) + uint64(c.last)*rho) >> 32)
	return c.last
}

// chance happens to a share of all.
type chance struct {
	share  uint32
	random correlated
}

func newChance(percent, correlation float64) chance {
	return chance{share(percent), newCorrelated(correlation)}
}

func (c *chance) happens() bool { return c.share != 0 && c.random.next() <= c.share }
