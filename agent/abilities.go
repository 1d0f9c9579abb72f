package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"squall.dev/agent/internal/freeze"
	"squall.dev/agent/internal/nfqueue"
	"squall.dev/agent/internal/traffic"
)

// Ability is what was found by trying, on things of the agent's own that no packet comes by.
type Ability struct {
	Usable bool   `json:"usable"`
	Reason string `json:"reason"`
}

type abilitiesAnswer struct {
	OK       bool `json:"ok"`
	Protocol int  `json:"protocol"`
	// PID is the agent's in the PID namespace it is in.
	PID int `json:"pid"`
	UID int `json:"uid"`
	// TargetUID and TargetGID are of the owner of the namespace's first process, when that is not the agent.
	TargetUID    *uint32            `json:"targetUid,omitempty"`
	TargetGID    *uint32            `json:"targetGid,omitempty"`
	Capabilities []string           `json:"capabilities"`
	Interfaces   []string           `json:"interfaces"`
	Network      map[string]Ability `json:"network"`
	// Trace is whether the first process of the namespace, when that is not the agent, can be frozen and killed.
	Trace     Ability    `json:"trace"`
	Leftovers []Leftover `json:"leftovers"`
}

func (a *agent) abilities(in *input) any {
	if err := in.finish(); err != nil {
		return refusal(err)
	}
	capabilities, err := effectiveCapabilities()
	if err != nil {
		return refusal(err)
	}
	leftovers, err := a.leftovers()
	if err != nil {
		return refusal(err)
	}
	answer := abilitiesAnswer{
		OK: true, Protocol: protocolVersion, PID: os.Getpid(), UID: os.Getuid(),
		Capabilities: capabilities, Interfaces: interfaceNames(), Leftovers: leftovers,
		Network: map[string]Ability{
			mechanismNetem: tryNetem(), mechanismTbf: tryTbf(), mechanismQueue: tryQueue(), mechanismDrop: tryDrop(),
			"redirect": tryRedirect(), "redirect-dns": tryRedirectOfDNS(),
		},
	}
	answer.Trace = tryTrace(capabilities)
	if os.Getpid() != 1 {
		if info, err := os.Stat("/proc/1"); err == nil {
			if owner, ok := info.Sys().(*syscall.Stat_t); ok {
				answer.TargetUID, answer.TargetGID = &owner.Uid, &owner.Gid
			}
		}
	}
	return answer
}

// tryTrace traces the namespace's first process for a moment, which does not notice.
func tryTrace(capabilities []string) Ability {
	if os.Getpid() == 1 {
		return Ability{Reason: "this agent has a PID namespace of its own"}
	}
	if !slices.Contains(capabilities, "SYS_PTRACE") {
		return Ability{Reason: "this agent does not have SYS_PTRACE"}
	}
	err := freeze.Try(1)
	// What a fault of this agent's own holds can be traced as before once that has ended.
	if traced := (*freeze.TracedError)(nil); errors.As(err, &traced) && traced.Tracer == os.Getpid() {
		err = nil
	}
	if err != nil {
		return Ability{Reason: oneLine(err)}
	}
	return Ability{Usable: true, Reason: "by ptrace, which goes with the agent"}
}

// tryQueue binds a free queue, and has a rule into it accepted in a chain without a hook. (A chain with one
// could not be removed without the kernel dropping packets that wait in queues of others.)
func tryQueue() Ability {
	queue, err := nfqueue.Open("lo", traffic.Ingress)
	if err != nil {
		return Ability{Reason: "a packet queue cannot be bound: " + oneLine(err)}
	}
	defer queue.Close()
	var refused []error
	for _, owned := range []bool{true, false} {
		for _, way := range queueWays {
			err := tryAction(owned, way.build(queue.Number(), true))
			if err == nil && owned {
				return Ability{Usable: true, Reason: "by " + way.name + ", in a table that goes with the agent"}
			}
			if err == nil {
				return Ability{Usable: true, Reason: "by " + way.name + ", in a table that stays when the agent is killed, bypassed then"}
			}
			refused = append(refused, errors.New(way.name+": "+err.Error()))
		}
	}
	return Ability{Reason: "no rule into a packet queue is accepted: " + oneLine(errors.Join(refused...))}
}

func tryDrop() Ability {
	var refused []error
	for _, way := range dropWays() {
		err := tryAction(true, way.action)
		if err == nil {
			return Ability{Usable: true, Reason: "by rules in a table that goes with the agent; what leaves goes " + way.name}
		}
		refused = append(refused, fmt.Errorf("%s: %w", way.name, err))
	}
	return Ability{Reason: "no rule that drops and goes with the agent is accepted: " + oneLine(errors.Join(refused...))}
}

func tryNetem() Ability {
	return tryQdisc(func(index int) netlink.Qdisc {
		r := networkRequest{id: trialID}
		r.Delay = time.Millisecond
		return wantedNetem(index, r)
	})
}

func tryTbf() Ability {
	return tryQdisc(func(index int) netlink.Qdisc {
		r := networkRequest{id: trialID}
		r.BytesPerSecond, r.Burst, r.Queue = 1_000_000, defaultBurst, defaultQueue
		return wantedTbf(index, r)
	})
}

const trialID = "trial"

// tryQdisc puts a qdisc on a device of its own, and has the rule accepted that would send packets there.
func tryQdisc(wanted func(index int) netlink.Qdisc) Ability {
	link := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "sq" + randomHex()}, PeerName: "sq" + randomHex()}
	if err := netlink.LinkAdd(link); err != nil {
		return Ability{Reason: "no device to try a qdisc on can be made: " + err.Error()}
	}
	defer netlink.LinkDel(link)
	// by itself first, so that the reason names it when it is what lacks
	alone := wanted(link.Index)
	alone.Attrs().Parent = netlink.HANDLE_ROOT
	if err := addQdisc(alone); err != nil {
		return Ability{Reason: oneLine(err)}
	}
	if err := errors.Join(netlink.QdiscDel(alone), addQdiscs(link, wanted(link.Index))); err != nil {
		return Ability{Reason: oneLine(err)}
	}
	if err := tryAction(true, intoClass(classHandle)...); err != nil {
		return Ability{Reason: "no rule into " + alone.Type() + " that goes with the agent is accepted: " + oneLine(err)}
	}
	return Ability{Usable: true, Reason: "by a qdisc that a rule fills, in a table that goes with the agent"}
}
