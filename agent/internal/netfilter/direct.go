package netfilter

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// System calls that return at once, made without telling Go's scheduler. It would hand the thread's work to another
// for each of them, and have to take it back: with a packet a millisecond that is most of what a packet costs.

// Shortly is a time for which a thread may wait without telling; Go interrupts it by a signal when it needs it to stop.
const Shortly = 5 * time.Millisecond

func recv(fd int, buffer []byte) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buffer))), uintptr(len(buffer)),
		unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// SendDirectly sends to a socket that is not to block. The address is one of the kernel's structures, length bytes long.
func SendDirectly(fd int, data []byte, address unsafe.Pointer, length uintptr) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)),
		unix.MSG_DONTWAIT, uintptr(address), length)
	if errno != 0 {
		return errno
	}
	return nil
}

func poll(fds []unix.PollFd, limit time.Duration) error {
	timeout := unix.NsecToTimespec(max(0, limit.Nanoseconds()))
	if limit > Shortly {
		_, err := unix.Ppoll(fds, &timeout, nil)
		return err
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)),
		uintptr(unsafe.Pointer(&timeout)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// Pause stops the thread for a time that is to be short.
func Pause(short time.Duration) {
	if short > Shortly {
		time.Sleep(short)
		return
	}
	timeout := unix.NsecToTimespec(short.Nanoseconds())
	_, _, _ = unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, uintptr(unsafe.Pointer(&timeout)), 0, 0, 0)
}
