// Package nfqueue takes the packets the kernel puts into a netfilter queue, and delays, loses, doubles, damages and
// slows them down as faults ask.
package nfqueue

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/netfilter"
)

const (
	// NobodysNumber is of a queue that no agent binds.
	NobodysNumber = 20999
	firstNumber   = 21000
	lastNumber    = 21999
	// MaxHeld is how many packets a queue holds; those beyond pass untouched.
	MaxHeld           = 65535
	receiveBufferSize = 64 << 20

	messagePacket  = unix.NFNL_SUBSYS_QUEUE<<8 | 0
	messageVerdict = unix.NFNL_SUBSYS_QUEUE<<8 | 1
	messageConfig  = unix.NFNL_SUBSYS_QUEUE<<8 | 2

	attributePacketHeader  = 1
	attributeVerdictHeader = 2
	attributePayload       = 10
	attributeWholeLength   = 13
	configCommand          = 1
	configParameters       = 2
	configMaxLength        = 3
	configMask             = 4
	configFlags            = 5

	commandBind   = 1
	copyPacket    = 2
	copyRange     = 0xffff
	verdictDrop   = 0
	verdictAccept = 1
	// failOpen lets packets pass that find the queue full.
	failOpen = 1 << 0
)

// queue is a bound queue of the kernel's.
type queue struct {
	number uint16
	socket *netfilter.Socket
}

// bind takes a queue number nobody else has.
func bind() (*queue, error) {
	socket, err := netfilter.Open()
	if err != nil {
		return nil, err
	}
	number, err := bindFree(socket)
	if err == nil {
		err = socket.SetReceiveBuffer(receiveBufferSize)
	}
	if err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return &queue{number: number, socket: socket}, nil
}

func bindFree(socket *netfilter.Socket) (uint16, error) {
	for number := uint16(firstNumber); number <= lastNumber; number++ {
		err := configure(socket, number)
		if errors.Is(err, unix.EBUSY) {
			continue
		}
		if errors.Is(err, unix.EINVAL) {
			return 0, fmt.Errorf("bind packet queue %d: this kernel has none, it seems (%w)", number, err)
		}
		if err != nil {
			return 0, fmt.Errorf("bind packet queue %d: %w", number, err)
		}
		return number, nil
	}
	return 0, fmt.Errorf("packet queues %d to %d are all taken", firstNumber, lastNumber)
}

func configure(socket *netfilter.Socket, number uint16) error {
	taken, err := readState(number)
	if err != nil {
		return err
	}
	// The kernel answers EPERM for a queue of somebody else's, as for a missing capability.
	if taken != nil {
		return unix.EBUSY
	}
	flags := uint32(failOpen)
	attributes, err := netlink.MarshalAttributes([]netlink.Attribute{
		{Type: configCommand, Data: []byte{commandBind, 0, 0, unix.AF_UNSPEC}},
		{Type: configParameters, Data: append(binary.BigEndian.AppendUint32(nil, copyRange), copyPacket)},
		{Type: configMaxLength, Data: binary.BigEndian.AppendUint32(nil, MaxHeld)},
		{Type: configMask, Data: binary.BigEndian.AppendUint32(nil, flags)},
		{Type: configFlags, Data: binary.BigEndian.AppendUint32(nil, flags)},
	})
	if err != nil {
		return err
	}
	request := netfilter.Message{
		Type:       messageConfig,
		Flags:      unix.NLM_F_REQUEST | unix.NLM_F_ACK,
		ResourceID: number,
		Attributes: attributes,
	}
	if err := socket.Send(request.Append(nil)); err != nil {
		return err
	}
	buffer := make([]byte, 4096)
	n, err := socket.Receive(buffer)
	if err != nil {
		return err
	}
	replies, err := netfilter.Parse(buffer[:n])
	if err != nil {
		return err
	}
	for _, reply := range replies {
		if reply.Err != nil {
			return reply.Err
		}
	}
	return nil
}

// appendVerdict encodes what becomes of a packet; a payload that is not nil takes the place of its own.
func (q *queue) appendVerdict(buffer []byte, id, verdict uint32, payload []byte) []byte {
	attributes := make([]byte, 0, 12)
	attributes = binary.NativeEndian.AppendUint16(attributes, 12)
	attributes = binary.NativeEndian.AppendUint16(attributes, attributeVerdictHeader)
	attributes = binary.BigEndian.AppendUint32(attributes, verdict)
	attributes = binary.BigEndian.AppendUint32(attributes, id)
	if payload != nil {
		attributes = binary.NativeEndian.AppendUint16(attributes, uint16(4+len(payload)))
		attributes = binary.NativeEndian.AppendUint16(attributes, attributePayload)
		attributes = append(attributes, payload...)
	}
	return netfilter.Message{
		Type:       messageVerdict,
		Flags:      unix.NLM_F_REQUEST,
		ResourceID: q.number,
		Attributes: attributes,
	}.Append(buffer)
}

// parsePacket finds the id in a packet's message, and the packet, unless it was cut off.
func parsePacket(attributes []byte) (id uint32, payload []byte, ok bool) {
	cut := false
	for len(attributes) >= 4 {
		length := int(binary.NativeEndian.Uint16(attributes))
		kind := binary.NativeEndian.Uint16(attributes[2:]) &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)
		if length < 4 || length > len(attributes) {
			return 0, nil, false
		}
		data := attributes[4:length]
		switch {
		case kind == attributePacketHeader && len(data) >= 4:
			id, ok = binary.BigEndian.Uint32(data), true
		case kind == attributePayload:
			payload = data
		case kind == attributeWholeLength: // there only when the payload is not whole
			cut = true
		}
		attributes = attributes[min((length+3)&^3, len(attributes)):]
	}
	if cut {
		payload = nil
	}
	return id, payload, ok
}
