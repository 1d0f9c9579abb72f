package main

import (
	"encoding/binary"

	"github.com/google/nftables/expr"
	"github.com/google/nftables/xt"
	"golang.org/x/sys/unix"
)

// leaving matches and counts what leaves by an interface.
func leaving(device string) []expr.Any {
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, device)
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyOIFNAME, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: name},
		&expr.Counter{},
	}
}

// queueWay is a way to say "into this queue, or onwards when nobody has bound it".
type queueWay struct {
	name  string
	build func(number uint16) expr.Any
}

// queueWays, the plain one first. Kernels without nf_tables' own queue expression mostly have the one of xtables.
var queueWays = []queueWay{
	{"nf_tables queue", func(number uint16) expr.Any {
		return &expr.Queue{Num: number, Total: 1, Flag: expr.QueueFlagBypass}
	}},
	{"xtables NFQUEUE", func(number uint16) expr.Any {
		const bypass = 1
		// struct xt_NFQ_info_v3, padded to 8 bytes: queue number, number of queues, flags
		info := make(xt.Unknown, 8)
		binary.NativeEndian.PutUint16(info[0:], number)
		binary.NativeEndian.PutUint16(info[2:], 1)
		binary.NativeEndian.PutUint16(info[4:], bypass)
		return &expr.Target{Name: "NFQUEUE", Rev: 3, Info: &info}
	}},
}

// intoBand sets the priority by which a prio qdisc chooses the class.
func intoBand(class uint32) []expr.Any {
	return []expr.Any{
		&expr.Immediate{Register: 1, Data: binary.NativeEndian.AppendUint32(nil, class)},
		&expr.Meta{Key: expr.MetaKeyPRIORITY, SourceRegister: true, Register: 1},
	}
}
