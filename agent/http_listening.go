package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// portsAnswer tells which ports an HTTP fault can be on.
func portsAnswer(in *input) any {
	if err := in.finish(); err != nil {
		return refusal(err)
	}
	ports, err := listeningPorts()
	if err != nil {
		return refusal(err)
	}
	return struct {
		OK        bool  `json:"ok"`
		Listening []int `json:"listening"`
	}{true, append([]int{}, ports...)}
}

// listeningPorts are the TCP ports that something in this network namespace listens on, but for those that are
// reached by lo only.
func listeningPorts() ([]int, error) {
	var ports []int
	for _, path := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, err
		}
		ports = append(ports, parseListening(string(data))...)
	}
	slices.Sort(ports)
	return slices.Compact(ports), nil
}

// parseListening reads the kernel's table of TCP sockets. The kernel writes an address as 32-bit words of its own
// byte order: of 127.0.0.1 the last byte comes first, on machines with that order.
func parseListening(table string) []int {
	const listening = "0A"
	loopback := []string{"0100007F", "7F000001", "00000000000000000000000001000000", "00000000000000000000000000000001"}
	var ports []int
	for row := range strings.Lines(table) {
		columns := strings.Fields(row)
		if len(columns) < 4 || columns[3] != listening {
			continue
		}
		address, hex, _ := strings.Cut(columns[1], ":")
		if port, err := strconv.ParseUint(hex, 16, 16); err == nil && !slices.Contains(loopback, address) {
			ports = append(ports, int(port))
		}
	}
	return ports
}
