// A program that asks for the time, so that Go links its trampolines into it. The lab never runs main.
package main

import "time"

func main() { println(time.Now().UnixNano()) }
