package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// scratchDirectory is where files may be made: the directory given, else the first of the usual that can be written to.
func scratchDirectory(given *string) (string, error) {
	tried := []string{"/", "/tmp", "/var/tmp"}
	if given != nil {
		tried = []string{*given}
	}
	var problems []string
	for _, directory := range tried {
		file, err := openNameless(directory)
		if err == nil {
			return directory, file.Close()
		}
		problems = append(problems, oneLine(err))
	}
	writable := "none of its mounts is"
	if list := writableMounts(); len(list) > 0 {
		writable = "writable here are " + strings.Join(list, ", ")
	}
	return "", refuse("unsupported", fmt.Sprintf("files cannot be made in %s (%s); %s", strings.Join(tried, ", "), strings.Join(problems, "; "), writable))
}

// openNameless makes a file that no directory has, so that it goes with whoever has it open, by SIGKILL too.
func openNameless(directory string) (*os.File, error) {
	if info, err := os.Stat(directory); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s: found a file, expected a directory", directory)
	}
	fd, err := unix.Open(directory, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err == nil {
		return os.NewFile(uintptr(fd), filepath.Join(directory, "(nameless)")), nil
	}
	if !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.EISDIR) && !errors.Is(err, unix.EINVAL) {
		return nil, &os.PathError{Op: "create a file in", Path: directory, Err: err}
	}
	// This file system knows no nameless files: the name goes at once.
	file, err := os.CreateTemp(directory, ".squall-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// writableMounts are the mount points that files can be made in.
func writableMounts() []string {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	var found []string
	for _, point := range mountPoints(string(data)) {
		if unix.Access(point, unix.W_OK|unix.X_OK) == nil && isDirectory(point) && !slices.Contains(found, point) {
			found = append(found, point)
		}
	}
	return found
}

// mountPoints are those of file systems that hold files of users, in mountinfo.
func mountPoints(info string) []string {
	kernels := []string{"proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "debugfs", "tracefs", "securityfs", "bpf", "devtmpfs"}
	var points []string
	for line := range strings.Lines(info) {
		before, after, ok := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 6 || len(kind) == 0 || slices.Contains(kernels, kind[0]) {
			continue
		}
		// Spaces and the like are written in octal there.
		point := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(fields[4])
		if point != "/dev" && !strings.HasPrefix(point, "/dev/") || point == "/dev/shm" {
			points = append(points, point)
		}
	}
	return points
}

// space is what the kernel says of a file system, in bytes. Used and free may be less than the total: some of
// it may be root's alone.
type space struct{ total, used, free float64 }

func readSpace(path string) (space, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return space{}, &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	size := float64(s.Bsize)
	return space{total: float64(s.Blocks) * size, used: float64(s.Blocks-s.Bfree) * size, free: float64(s.Bavail) * size}, nil
}

// percent used, as df has it: of what users may use.
func (s space) percent() float64 {
	if s.used+s.free == 0 {
		return 0
	}
	return s.used / (s.used + s.free) * 100
}
