package nfqueue

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"squall.dev/agent/internal/traffic"
)

// injector hands copies of packets that came in to this machine once more. They come by the loopback device then,
// so no rule about the interface they first came by sees them. What is on its way to another machine it cannot copy.
type injector struct {
	fd4, fd6 int // fd6 is -1 where there is no IPv6
}

func newInjector() (*injector, error) {
	fd4, err := rawSocket(unix.AF_INET, unix.IPPROTO_IP, unix.IP_HDRINCL)
	if err != nil {
		return nil, err
	}
	fd6, err := rawSocket(unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_HDRINCL)
	if errors.Is(err, unix.EAFNOSUPPORT) {
		return &injector{fd4, -1}, nil
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd4))
	}
	return &injector{fd4, fd6}, nil
}

// rawSocket sends packets that bring their IP header along, and receives none.
func rawSocket(family, level, withHeader int) (int, error) {
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_RAW)
	if err != nil {
		return 0, fmt.Errorf("open a raw socket: %w", err)
	}
	if err := unix.SetsockoptInt(fd, level, withHeader, 1); err != nil {
		return 0, errors.Join(fmt.Errorf("raw socket: %w", err), unix.Close(fd))
	}
	return fd, nil
}

// instead: what comes in is nobody's to choke, so the kernel holds it.
func (i *injector) instead(time.Time, []byte, traffic.Packet) *frame { return nil }

func (i *injector) another(_ time.Time, data []byte, header traffic.Packet) *frame {
	f := &frame{payload: slices.Clone(data)}
	switch {
	case header.Destination.IsMulticast() || header.Destination.IsLinkLocalUnicast():
		return nil
	case header.Destination.Is4():
		f.fd, f.to = i.fd4, &unix.SockaddrInet4{Addr: header.Destination.As4()}
	case i.fd6 < 0:
		return nil
	default:
		f.fd, f.to = i.fd6, &unix.SockaddrInet6{Addr: header.Destination.As16()}
	}
	return f
}

func (i *injector) send(f *frame) error { return unix.Sendto(f.fd, f.payload, 0, f.to) }

func (i *injector) close() error {
	err := unix.Close(i.fd4)
	if i.fd6 >= 0 {
		err = errors.Join(err, unix.Close(i.fd6))
	}
	return err
}
