package main

import (
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"squall.dev/agent/internal/nfqueue"
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
	Leftovers    []Leftover         `json:"leftovers"`
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
		Network: map[string]Ability{"netem": tryNetem(), "nfqueue": tryQueue(), "redirect": tryRedirect(), "redirect-dns": tryRedirectOfDNS()},
	}
	if os.Getpid() != 1 {
		if info, err := os.Stat("/proc/1"); err == nil {
			if owner, ok := info.Sys().(*syscall.Stat_t); ok {
				answer.TargetUID, answer.TargetGID = &owner.Uid, &owner.Gid
			}
		}
	}
	return answer
}

// tryQueue binds a free queue, and has a rule into it accepted in a chain without a hook. (A chain with one
// could not be removed without the kernel dropping packets that wait in queues of others.)
func tryQueue() Ability {
	queue, err := nfqueue.Start("lo", 0, 0)
	if err != nil {
		return Ability{Reason: "a packet queue cannot be bound: " + oneLine(err)}
	}
	defer queue.Close()
	var refused []error
	for _, owned := range []bool{true, false} {
		for _, way := range queueWays {
			err := tryRule(owned, way.build(queue.Number()))
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

// tryNetem puts the qdiscs on a device of its own, and has the rule accepted that would send packets there.
func tryNetem() Ability {
	link := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "sq" + randomHex()}, PeerName: "sq" + randomHex()}
	if err := netlink.LinkAdd(link); err != nil {
		return Ability{Reason: "no device to try netem on can be made: " + err.Error()}
	}
	defer netlink.LinkDel(link)
	trial := delayRequest{id: "trial", delay: time.Millisecond}
	// netem by itself first, so that the reason names it when it is what lacks
	alone := wantedNetem(link.Index, trial)
	alone.Parent = netlink.HANDLE_ROOT
	if err := addQdisc(alone); err != nil {
		return Ability{Reason: oneLine(err)}
	}
	if err := errors.Join(netlink.QdiscDel(alone), addNetem(link, trial)); err != nil {
		return Ability{Reason: oneLine(err)}
	}
	if err := tryRule(true, intoBand(netlink.MakeHandle(prioMajor, netemBand))...); err != nil {
		return Ability{Reason: "no rule into netem that goes with the agent is accepted: " + oneLine(err)}
	}
	return Ability{Usable: true, Reason: "by a qdisc that a rule fills, in a table that goes with the agent"}
}
