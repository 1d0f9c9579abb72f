package netfilter

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

const headerLength = unix.SizeofNlMsghdr + 4

// Message is a netlink message of netfilter: its type, and what follows struct nfgenmsg.
type Message struct {
	Type       uint16
	Flags      uint16
	Sequence   uint32
	Family     byte
	ResourceID uint16
	Attributes []byte
}

// Append encodes the message at the end of a buffer.
func (m Message) Append(buffer []byte) []byte {
	buffer = binary.NativeEndian.AppendUint32(buffer, uint32(headerLength+len(m.Attributes)))
	buffer = binary.NativeEndian.AppendUint16(buffer, m.Type)
	buffer = binary.NativeEndian.AppendUint16(buffer, m.Flags)
	buffer = binary.NativeEndian.AppendUint32(buffer, m.Sequence)
	buffer = binary.NativeEndian.AppendUint32(buffer, 0)
	buffer = append(buffer, m.Family, unix.NFNETLINK_V0)
	buffer = binary.BigEndian.AppendUint16(buffer, m.ResourceID)
	buffer = append(buffer, m.Attributes...)
	for len(buffer)%unix.NLMSG_ALIGNTO != 0 {
		buffer = append(buffer, 0)
	}
	return buffer
}

// Reply is one message from the kernel.
type Reply struct {
	Type     uint16
	Flags    uint16
	Sequence uint32
	// Err is the kernel's word on the request of that sequence; nil in an acknowledgement.
	Err        error
	Attributes []byte
}

// Parse splits a datagram into its messages.
func Parse(datagram []byte) ([]Reply, error) {
	var replies []Reply
	for len(datagram) >= unix.SizeofNlMsghdr {
		length := int(binary.NativeEndian.Uint32(datagram))
		if length < unix.SizeofNlMsghdr || length > len(datagram) {
			return nil, fmt.Errorf("a netlink message says it has %d bytes, %d are there", length, len(datagram))
		}
		reply := Reply{
			Type:     binary.NativeEndian.Uint16(datagram[4:]),
			Flags:    binary.NativeEndian.Uint16(datagram[6:]),
			Sequence: binary.NativeEndian.Uint32(datagram[8:]),
		}
		body := datagram[unix.SizeofNlMsghdr:length]
		switch {
		case reply.Type == unix.NLMSG_ERROR && len(body) >= 4:
			if number := int32(binary.NativeEndian.Uint32(body)); number != 0 {
				reply.Err = unix.Errno(-number)
			}
		case reply.Type >= unix.NLMSG_MIN_TYPE && len(body) >= 4:
			reply.Attributes = body[4:]
		}
		replies = append(replies, reply)
		aligned := (length + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1)
		datagram = datagram[min(aligned, len(datagram)):]
	}
	return replies, nil
}
