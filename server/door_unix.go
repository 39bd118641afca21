//go:build unix

package server

import (
	"net"
	"os"
	"syscall"
)

// lock turns newcomers away from a listener, and returns the connections that nobody has accepted yet. The listener is
// still to be closed: net's Close alone takes effect only when the goroutine that accepts has had its turn.
func lock(l net.Listener) (late []net.Conn) {
	socket, ok := l.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	_ = raw.Control(func(fd uintptr) { // does nothing where the listener is closed
		for {
			n, _, err := syscall.Accept(int(fd))
			if err != nil {
				break
			}
			f := os.NewFile(uintptr(n), "connection")
			c, err := net.FileConn(f) // of a copy
			_ = f.Close()
			if err == nil {
				late = append(late, c)
			}
		}
		_ = syscall.Shutdown(int(fd), syscall.SHUT_RD) // where the system has no such thing, Close follows
	})
	return late
}
