// Package netfilter is the netlink socket by which nf_tables and packet queues are spoken to.
package netfilter

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Socket is a netlink socket of the network namespace its opener was in.
type Socket struct {
	file *os.File
	raw  syscall.RawConn
	port uint32
}

// Open opens a socket in the network namespace of the calling thread.
func Open() (*Socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, fmt.Errorf("open a netfilter socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), "netfilter")
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, errors.Join(fmt.Errorf("bind a netfilter socket: %w", err), file.Close())
	}
	address, err := unix.Getsockname(fd)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("name of a netfilter socket: %w", err), file.Close())
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &Socket{file: file, raw: raw, port: address.(*unix.SockaddrNetlink).Pid}, nil
}

// Port is the name the kernel has for this socket.
func (s *Socket) Port() uint32 { return s.port }

// Close closes the socket; a Wait under way returns os.ErrClosed.
func (s *Socket) Close() error { return s.file.Close() }

// SetReceiveBuffer asks for room for so many bytes, beyond the system's limit where that is allowed.
func (s *Socket) SetReceiveBuffer(bytes int) error {
	return s.do(func(fd int) error {
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes) == nil {
			return nil
		}
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes)
	})
}

var kernel = unix.RawSockaddrNetlink{Family: unix.AF_NETLINK}

// Send hands messages to the kernel, which has dealt with them, and answered, when Send returns.
func (s *Socket) Send(messages []byte) error {
	return s.do(func(fd int) error {
		for {
			err := SendDirectly(fd, messages, unsafe.Pointer(&kernel), unix.SizeofSockaddrNetlink)
			if err != unix.EINTR {
				return err
			}
		}
	})
}

// Receive reads one datagram if one is there; unix.EAGAIN: none is.
func (s *Socket) Receive(buffer []byte) (int, error) {
	n := 0
	err := s.do(func(fd int) error {
		var err error
		n, err = receive(fd, buffer)
		return err
	})
	return n, err
}

// Poll waits until a datagram is there, or something to read at the other descriptor, or the time is over. It is for
// threads of their own: to wake a goroutine takes longer than what is done with a packet then. While it waits, Close
// waits for it.
func (s *Socket) Poll(other int, limit time.Duration) (here, there bool, err error) {
	err = s.do(func(fd int) error {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(other), Events: unix.POLLIN}}
		err := poll(fds, limit)
		here, there = fds[0].Revents != 0, fds[1].Revents != 0
		if err == unix.EINTR {
			here, there, err = false, false, nil
		}
		return err
	})
	return here, there, err
}

func receive(fd int, buffer []byte) (int, error) {
	for {
		n, err := recv(fd, buffer)
		if err != unix.EINTR {
			return n, err
		}
	}
}

func (s *Socket) do(f func(fd int) error) error {
	var inner error
	if err := s.raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return os.ErrClosed
	}
	return inner
}
