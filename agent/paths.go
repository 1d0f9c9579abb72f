package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// socketPaths are where the agent listens, the first that can be written: it may run as any user.
var socketPaths = []string{"/run/squall-agent.sock", "/tmp/squall-agent.sock"}

// listen opens the agent's socket, at the path given, or at the first possible one.
func listen(given string) (*net.UnixListener, error) {
	paths := socketPaths
	if given != "" {
		paths = []string{given}
	}
	var problems []error
	for _, path := range paths {
		listener, err := listenAt(path)
		if err == nil {
			return listener, nil
		}
		problems = append(problems, err)
	}
	return nil, errors.Join(problems...)
}

func listenAt(path string) (*net.UnixListener, error) {
	if connection, err := net.Dial("unix", path); err == nil {
		connection.Close()
		return nil, fmt.Errorf("an agent listens at %s already", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o666); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// dial reaches the agent whose file system is at root, "" for one's own.
func dial(root, given string) (*net.UnixConn, error) {
	paths := socketPaths
	if given != "" {
		paths = []string{given}
	}
	var problems []string
	for _, path := range paths {
		connection, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: root + path, Net: "unix"})
		if err == nil {
			return connection, nil
		}
		problems = append(problems, err.Error())
	}
	return nil, refuse("not-listening", "no agent listens: "+strings.Join(problems, "; "))
}
