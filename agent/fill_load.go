package main

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// leaveBytes is what a filled file system keeps free unless another figure is given: it may be the node's own.
const leaveBytes = 256 << 20

// fillLoad is a file without a name that fills a file system.
type fillLoad struct {
	directory string
	file      atomic.Pointer[os.File]
	// bytes asked for, and what was to be reached
	bytes  float64
	target string
	// how the file was made as large
	how    string
	taken  atomic.Int64
	ending atomic.Bool
	filled chan struct{}
}

func openFillLoad(r registration) (load, error) {
	directory, err := scratchDirectory(r.Path)
	if err != nil {
		return nil, err
	}
	now, err := readSpace(directory)
	if err != nil {
		return nil, err
	}
	l := &fillLoad{directory: directory, how: "fallocate", filled: make(chan struct{})}
	if r.Percent != nil {
		l.bytes = *r.Percent/100*(now.used+now.free) - now.used
		l.target = fmt.Sprintf("%v %% of %s", *r.Percent, inBytes(now.used+now.free))
	} else {
		l.bytes, l.target = *r.Bytes, inBytes(*r.Bytes)
	}
	leave := orElse(r.LeaveBytes, leaveBytes)
	switch {
	case l.bytes <= 0:
		return nil, refuse("unsupported", fmt.Sprintf("the file system of %s is %.1f %% full already, more than the %v %% asked for", directory, now.percent(), *r.Percent))
	case l.bytes > now.free:
		return nil, refuse("unsupported", fmt.Sprintf("the file system of %s has %s free, %s are asked for", directory, inBytes(now.free), inBytes(l.bytes)))
	case now.free-l.bytes < leave:
		return nil, refuse("unsupported", fmt.Sprintf("the file system of %s would have %s left, %s have to stay free: it may be the node's own (leave fewer bytes, if that is meant)",
			directory, inBytes(now.free-l.bytes), inBytes(leave)))
	}
	return l, nil
}

func (l *fillLoad) begin() error {
	defer close(l.filled)
	file, err := openNameless(l.directory)
	if err != nil {
		return refuse("failed", oneLine(err))
	}
	l.file.Store(file)
	const step = 64 << 20
	for at := int64(0); at < int64(l.bytes); at += step {
		if l.ending.Load() {
			return refuse("ended", "it was ended before the file system was filled")
		}
		size := min(step, int64(l.bytes)-at)
		if err := l.extend(file, at, size); err != nil {
			return refuse("failed", fmt.Sprintf("%s of %s were taken in %s, then: %v", inBytes(float64(at)), inBytes(l.bytes), l.directory, err))
		}
		l.taken.Store(at + size)
	}
	return nil
}

func (l *fillLoad) extend(file *os.File, at, size int64) error {
	if l.how == "fallocate" {
		err := unix.Fallocate(int(file.Fd()), 0, at, size)
		if !errors.Is(err, unix.EOPNOTSUPP) {
			return err
		}
		l.how = "writing"
	}
	block := scrambled(1 << 20)
	for done := int64(0); done < size; {
		n, err := file.WriteAt(block[:min(int64(len(block)), size-done)], at+done)
		if err != nil {
			return err
		}
		done += int64(n)
	}
	return file.Sync()
}

// scrambled is bytes that no file system compresses.
func scrambled(size int) []byte {
	block := make([]byte, size)
	x := uint64(size) | 1
	for i := range block {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		block[i] = byte(x)
	}
	return block
}

func (l *fillLoad) about() string {
	return fmt.Sprintf("%s filled by %s in a file without a name, by %s", l.directory, inBytes(l.bytes), l.how)
}

func (l *fillLoad) broken() <-chan string { return nil }

// measure is what the kernel says the file occupies, and how full its file system is.
func (l *fillLoad) measure() measurement {
	file := l.file.Load()
	if file == nil {
		return measurement{Evidence: "no file yet"}
	}
	var stat unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
		return measurement{Evidence: "fstat: " + err.Error()}
	}
	now, err := readSpace(l.directory)
	if err != nil {
		return measurement{Evidence: oneLine(err)}
	}
	occupied := float64(stat.Blocks) * 512
	return measurement{
		InEffect: occupied >= l.bytes*0.99,
		Evidence: fmt.Sprintf("%s occupied in %s of %s asked for (%s), by %s; its file system is %.1f %% full, %s are free",
			inBytes(occupied), l.directory, inBytes(l.bytes), l.target, l.how, now.percent(), inBytes(now.free)),
		Counters: map[string]float64{"occupiedBytes": occupied, "usedPercent": now.percent(), "freeBytes": now.free},
	}
}

func (l *fillLoad) end() *measurement {
	l.ending.Store(true)
	file := l.file.Load()
	if file == nil {
		return nil
	}
	<-l.filled
	if err := file.Close(); err != nil {
		return &measurement{Evidence: "close: " + err.Error()}
	}
	now, err := readSpace(l.directory)
	if err != nil {
		return &measurement{Evidence: oneLine(err)}
	}
	return &measurement{Evidence: fmt.Sprintf("the file in %s is closed; its file system is %.1f %% full, %s are free", l.directory, now.percent(), inBytes(now.free))}
}
