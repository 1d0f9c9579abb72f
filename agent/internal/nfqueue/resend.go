package nfqueue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
	"unsafe"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"squall.dev/agent/internal/netfilter"
	"squall.dev/agent/internal/traffic"
)

// resender sends copies of packets out of a device, just as they were taken from there.
//
// TCP lets a connection have only some packets, worth about a millisecond, in the layers below it. Packets that
// wait in a kernel queue count, so that holding them would not just delay a connection but choke it. A packet
// of which the agent keeps a copy is free as far as TCP is concerned.
type resender struct {
	fd    int
	index int
	hops  map[netip.Addr]hop
	// priority is that of the socket now
	priority uint32
}

// hop is the link-layer address a destination is reached by; none: it is not known now.
type hop struct {
	address net.HardwareAddr
	asked   time.Time
}

// How long an answer holds; that there is none, only until the kernel may have learnt it.
const (
	hopLifetime   = time.Second
	noHopLifetime = 20 * time.Millisecond
)

// newResender is nil for a device that is not of the Ethernet kind.
func newResender(device string) (*resender, error) {
	link, err := net.InterfaceByName(device)
	if err != nil {
		return nil, fmt.Errorf("interface %s: %w", device, err)
	}
	// Protocol 0: it receives nothing.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open a packet socket: %w", err)
	}
	if len(link.HardwareAddr) != 6 {
		return nil, unix.Close(fd)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, receiveBufferSize); err != nil {
		return nil, errors.Join(fmt.Errorf("send buffer of a packet socket: %w", err), unix.Close(fd))
	}
	return &resender{fd: fd, index: link.Index, hops: map[netip.Addr]hop{}}, nil
}

func (r *resender) close() error { return unix.Close(r.fd) }

// frame is a packet to be sent again.
type frame struct {
	payload []byte
	fd      int
	to      unix.Sockaddr
	// link is in the place of to for what leaves by a packet socket
	link unix.RawSockaddrLinklayer
	// priority chooses a class of a qdisc; 0: none
	priority uint32
}

// instead is for TCP packets that do not open a connection. Those that do stay in the kernel, which finishes its
// records of a connection when the first packet leaves.
func (r *resender) instead(now time.Time, data []byte, header traffic.Packet) *frame {
	if !header.Established {
		return nil
	}
	return r.another(now, data, header)
}

func (r *resender) another(now time.Time, data []byte, header traffic.Packet) *frame {
	if header.Destination.IsMulticast() {
		return nil
	}
	address := r.hop(now, header.Destination)
	if address == nil {
		return nil
	}
	f := &frame{payload: slices.Clone(data), fd: r.fd}
	f.link = unix.RawSockaddrLinklayer{
		Family: unix.AF_PACKET, Protocol: bigEndian16(header.EtherType()), Ifindex: int32(r.index), Halen: 6,
	}
	copy(f.link.Addr[:], address)
	return f
}

// send is for one goroutine at a time.
func (r *resender) send(f *frame) error {
	if f.priority != r.priority {
		if err := unix.SetsockoptInt(f.fd, unix.SOL_SOCKET, unix.SO_PRIORITY, int(f.priority)); err != nil {
			return err
		}
		r.priority = f.priority
	}
	return netfilter.SendDirectly(f.fd, f.payload, unsafe.Pointer(&f.link), unix.SizeofSockaddrLinklayer)
}

// hop asks the kernel, which has just talked to the destination, how it did.
func (r *resender) hop(now time.Time, destination netip.Addr) net.HardwareAddr {
	if known, ok := r.hops[destination]; ok {
		lifetime := hopLifetime
		if known.address == nil {
			lifetime = noHopLifetime
		}
		if now.Sub(known.asked) < lifetime {
			return known.address
		}
	}
	address := r.askHop(destination)
	if len(r.hops) > 10_000 {
		clear(r.hops)
	}
	r.hops[destination] = hop{address: address, asked: now}
	return address
}

func (r *resender) askHop(destination netip.Addr) net.HardwareAddr {
	via := net.IP(destination.AsSlice())
	routes, err := netlink.RouteGetWithOptions(via, &netlink.RouteGetOptions{OifIndex: r.index})
	if err != nil || len(routes) == 0 || routes[0].LinkIndex != r.index {
		return nil
	}
	if len(routes[0].Gw) > 0 {
		via = routes[0].Gw
	} else if routes[0].Via != nil {
		return nil
	}
	family := netlink.FAMILY_V4
	if via.To4() == nil {
		family = netlink.FAMILY_V6
	}
	neighbours, err := netlink.NeighList(r.index, family)
	if err != nil {
		return nil
	}
	const usable = netlink.NUD_REACHABLE | netlink.NUD_STALE | netlink.NUD_DELAY | netlink.NUD_PROBE | netlink.NUD_PERMANENT
	for _, neighbour := range neighbours {
		if neighbour.IP.Equal(via) && neighbour.State&usable != 0 && len(neighbour.HardwareAddr) == 6 {
			return neighbour.HardwareAddr
		}
	}
	return nil
}

// bigEndian16 is a number whose bytes in memory are in the order of the network.
func bigEndian16(v uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, v))
}
