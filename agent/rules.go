package main

import (
	"encoding/binary"

	"github.com/google/nftables/expr"
	"github.com/google/nftables/xt"
	"golang.org/x/sys/unix"

	"squall.dev/agent/internal/traffic"
)

// passing matches what goes by an interface in a direction.
func passing(device string, direction traffic.Direction) []expr.Any {
	key := expr.MetaKeyOIFNAME
	if direction == traffic.Ingress {
		key = expr.MetaKeyIIFNAME
	}
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, device)
	return []expr.Any{
		&expr.Meta{Key: key, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: name},
	}
}

// queueWay is a way to say "into this queue"; when nobody has bound it, the packet goes on with bypass, and is
// dropped without.
type queueWay struct {
	name  string
	build func(number uint16, bypass bool) expr.Any
}

// queueWays, the plain one first. Kernels without nf_tables' own queue expression mostly have the one of xtables.
var queueWays = []queueWay{
	{"nf_tables queue", func(number uint16, bypass bool) expr.Any {
		queue := &expr.Queue{Num: number, Total: 1}
		if bypass {
			queue.Flag = expr.QueueFlagBypass
		}
		return queue
	}},
	{"xtables NFQUEUE", func(number uint16, bypass bool) expr.Any {
		// struct xt_NFQ_info_v3, padded to 8 bytes: queue number, number of queues, flags
		info := make(xt.Unknown, 8)
		binary.NativeEndian.PutUint16(info[0:], number)
		binary.NativeEndian.PutUint16(info[2:], 1)
		if bypass {
			binary.NativeEndian.PutUint16(info[4:], 1)
		}
		return &expr.Target{Name: "NFQUEUE", Rev: 3, Info: &info}
	}},
}

// intoClass sets the priority by which a qdisc with classes chooses the class.
func intoClass(class uint32) []expr.Any {
	return []expr.Any{
		&expr.Immediate{Register: 1, Data: binary.NativeEndian.AppendUint32(nil, class)},
		&expr.Meta{Key: expr.MetaKeyPRIORITY, SourceRegister: true, Register: 1},
	}
}
