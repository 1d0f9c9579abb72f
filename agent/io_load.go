package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	ioBlock = 256 << 10
	// ioWindow is how long a measurement waits at most for something to have been written.
	ioWindow = 2 * time.Second
	// leastMoved tells the load from what a measurement itself reads.
	leastMoved = 64 << 10
)

// ioLoad writes files without a name, has them reach the disk, reads them back, and begins anew.
type ioLoad struct {
	directory string
	workers   int
	// bytes in all workers' files together
	bytes float64

	written, read, synced atomic.Int64
	ending                atomic.Bool
	ended                 chan string
	tasks                 sync.WaitGroup
	mutex                 sync.Mutex
	problem               error
}

func openIOLoad(r registration) (load, error) {
	directory, err := scratchDirectory(r.Path)
	if err != nil {
		return nil, err
	}
	now, err := readSpace(directory)
	if err != nil {
		return nil, err
	}
	l := &ioLoad{directory: directory, workers: orElse(r.Workers, 1), ended: make(chan string, 1)}
	if r.Bytes != nil {
		l.bytes = *r.Bytes
	} else {
		l.bytes = *r.Percent / 100 * now.free
	}
	if now.free-l.bytes < leaveBytes {
		return nil, refuse("unsupported", fmt.Sprintf("the file system of %s would have %s left while %s are written, %s have to stay free",
			directory, inBytes(max(0, now.free-l.bytes)), inBytes(l.bytes), inBytes(leaveBytes)))
	}
	return l, nil
}

func (l *ioLoad) begin() error {
	var files []*os.File
	for range l.workers {
		file, err := openNameless(l.directory)
		if err != nil {
			return refuse("failed", oneLine(err))
		}
		files = append(files, file)
	}
	begun := make(chan struct{})
	var once sync.Once
	failed := make(chan error, l.workers)
	for _, file := range files {
		l.tasks.Go(func() {
			defer file.Close()
			if err := l.churn(file, func() { once.Do(func() { close(begun) }) }); err != nil {
				failed <- err
				l.stopFor(err)
			}
		})
	}
	select {
	case <-begun:
		return nil
	case err := <-failed:
		return refuse("failed", oneLine(err))
	}
}

func (l *ioLoad) stopFor(err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.problem == nil {
		l.problem = err
		l.ended <- reasonLost
	}
}

// churn goes round until the load ends. It says so when the first bytes have reached the disk.
func (l *ioLoad) churn(file *os.File, reached func()) error {
	size := int64(math.Ceil(l.bytes / float64(l.workers)))
	block := scrambled(int(min(ioBlock, size)))
	for !l.ending.Load() {
		for at := int64(0); at < size && !l.ending.Load(); {
			n, err := file.WriteAt(block[:min(int64(len(block)), size-at)], at)
			if err != nil {
				return fmt.Errorf("write in %s: %w", l.directory, err)
			}
			at += int64(n)
			l.written.Add(int64(n))
			if at == int64(n) || at >= size { // early, and at the end
				if err := file.Sync(); err != nil {
					return fmt.Errorf("fsync in %s: %w", l.directory, err)
				}
				l.synced.Add(1)
				reached()
			}
		}
		// Read from the disk, not from memory.
		_ = unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)
		for at := int64(0); at < size && !l.ending.Load(); {
			n, err := file.ReadAt(block, at)
			if err != nil && !errors.Is(err, io.EOF) {
				return fmt.Errorf("read in %s: %w", l.directory, err)
			}
			if n == 0 {
				break
			}
			at += int64(n)
			l.read.Add(int64(n))
		}
		if err := file.Truncate(0); err != nil {
			return fmt.Errorf("truncate in %s: %w", l.directory, err)
		}
	}
	return nil
}

func (l *ioLoad) about() string {
	return fmt.Sprintf("%d workers write, sync and read %s in %s", l.workers, inBytes(l.bytes), l.directory)
}

func (l *ioLoad) broken() <-chan string { return l.ended }

// measure compares what the kernel counts of this process's reads and writes, over a window.
func (l *ioLoad) measure() measurement {
	before, err := readIO()
	if err != nil {
		return measurement{Evidence: oneLine(err)}
	}
	begun, now := time.Now(), before
	for now.moved-before.moved < leastMoved && time.Since(begun) < ioWindow {
		time.Sleep(20 * time.Millisecond)
		if now, err = readIO(); err != nil {
			return measurement{Evidence: oneLine(err)}
		}
	}
	l.mutex.Lock()
	problem := l.problem
	l.mutex.Unlock()
	evidence := fmt.Sprintf("%s read and written in %v, %s written to the disk in all, %d syncs; %s",
		inBytes(now.moved-before.moved), time.Since(begun).Round(time.Millisecond), inBytes(now.disk), l.synced.Load(), l.about())
	if problem != nil {
		evidence = oneLine(problem)
	}
	return measurement{
		InEffect: problem == nil && now.moved-before.moved >= leastMoved,
		Evidence: evidence,
		Counters: map[string]float64{
			"workers": float64(l.workers), "bytesWritten": float64(l.written.Load()), "bytesRead": float64(l.read.Load()),
			"syncs": float64(l.synced.Load()), "diskBytesWritten": now.disk,
		},
	}
}

// processIO is what the kernel counts of a process: bytes moved by calls, and those that had to go to a disk.
type processIO struct{ moved, disk float64 }

func readIO() (processIO, error) {
	data, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return processIO{}, err
	}
	text := string(data)
	return processIO{moved: readWord(text, "rchar") + readWord(text, "wchar"), disk: readWord(text, "write_bytes")}, nil
}

func (l *ioLoad) end() *measurement {
	l.ending.Store(true)
	l.tasks.Wait()
	return &measurement{Evidence: fmt.Sprintf("%s written, %s read, %d syncs in %s; the files are gone",
		inBytes(float64(l.written.Load())), inBytes(float64(l.read.Load())), l.synced.Load(), l.directory)}
}
