// SPDX-License-Identifier: MIT
// Goroutines that wait for each other in every way of the language, and one that computes. The runtime's threads only
// look for work meanwhile: a goroutine that waits has no thread. Runs until its standard input ends.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

func main() {
	runtime.GOMAXPROCS(4)
	var mutex sync.Mutex
	for i := 0; i < 8; i++ {
		go func() {
			for {
				mutex.Lock()
				time.Sleep(5 * time.Millisecond)
				mutex.Unlock()
			}
		}()
	}
	never := make(chan int)
	go func() { <-never }()
	condition := sync.NewCond(&sync.Mutex{})
	go func() {
		condition.L.Lock()
		condition.Wait()
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() { _, _ = listener.Accept() }()
	go func() {
		reader, writer, err := os.Pipe()
		if err != nil {
			panic(err)
		}
		reader.Fd() // from now on its reads block a thread
		_, _ = reader.Read(make([]byte, 1))
		writer.Close()
	}()
	go func() {
		for {
			end := time.Now().Add(5 * time.Millisecond)
			for time.Now().Before(end) {
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	time.Sleep(200 * time.Millisecond)
	fmt.Println("READY")
	_, _ = io.ReadAll(os.Stdin)
}
