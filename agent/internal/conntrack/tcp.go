package conntrack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// originalDestination is SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST.
const originalDestination = 80

// ErrNotRedirected says that a connection was made to the port it has arrived at.
var ErrNotRedirected = errors.New("the connection was not redirected here")

// OriginalTCP tells where a redirected connection was meant to go.
func OriginalTCP(connection *net.TCPConn) (netip.AddrPort, error) {
	local, ok := connection.LocalAddr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("local address: found %v, expected one of TCP", connection.LocalAddr())
	}
	raw, err := connection.SyscallConn()
	if err != nil {
		return netip.AddrPort{}, err
	}
	var original netip.AddrPort
	var inner error
	err = raw.Control(func(fd uintptr) {
		if local.IP.To4() != nil {
			original, inner = original4(int(fd))
		} else {
			original, inner = original6(int(fd))
		}
	})
	if err = errors.Join(err, inner); errors.Is(err, unix.ENOENT) || err == nil && original == local.AddrPort() {
		return netip.AddrPort{}, ErrNotRedirected
	}
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("where a connection was meant to go: %w", err)
	}
	return original, nil
}

func original4(fd int) (netip.AddrPort, error) {
	// struct sockaddr_in fits into the 20 bytes this call reads.
	read, err := unix.GetsockoptIPv6Mreq(fd, unix.IPPROTO_IP, originalDestination)
	if err != nil {
		return netip.AddrPort{}, err
	}
	address := read.Multiaddr
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(address[4:8])), binary.BigEndian.Uint16(address[2:4])), nil
}

func original6(fd int) (netip.AddrPort, error) {
	// struct sockaddr_in6 is what this call reads first.
	read, err := unix.GetsockoptIPv6MTUInfo(fd, unix.IPPROTO_IPV6, originalDestination)
	if err != nil {
		return netip.AddrPort{}, err
	}
	port := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, read.Addr.Port))
	return netip.AddrPortFrom(netip.AddrFrom16(read.Addr.Addr), port), nil
}
