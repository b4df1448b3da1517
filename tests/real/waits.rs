// SPDX-License-Identifier: MIT
// Threads of Rust's standard library, each of which waits in one way, named after it. Runs until its standard input
// ends.
use std::io::Read;
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;
use std::time::Duration;

fn start<F: FnOnce() + Send + 'static>(name: &str, body: F) -> thread::JoinHandle<()> {
    thread::Builder::new()
        .name(name.to_string())
        .spawn(body)
        .unwrap()
}

fn main() {
    let counter = Arc::new(Mutex::new(0u64));
    for number in 0..4 {
        let counter = counter.clone();
        start(&format!("mutex{}", number), move || loop {
            let mut value = counter.lock().unwrap();
            *value += 1;
            thread::sleep(Duration::from_millis(10));
        });
    }
    let shared = Arc::new(RwLock::new(0u64));
    let writer = shared.clone();
    start("rw-holder", move || {
        let _guard = writer.write().unwrap();
        loop {
            thread::sleep(Duration::from_secs(1));
        }
    });
    thread::sleep(Duration::from_millis(100));
    let reader = shared.clone();
    start("rw-reader", move || {
        let _guard = reader.read().unwrap();
    });
    start("rw-writer", move || {
        let _guard = shared.write().unwrap();
    });
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    start("condvar", move || {
        let mut ready = pair.0.lock().unwrap();
        while !*ready {
            ready = pair.1.wait(ready).unwrap();
        }
    });
    let (_sender, receiver) = mpsc::channel::<u64>();
    start("channel", move || {
        receiver.recv().unwrap();
    });
    start("park", || loop {
        thread::park();
    });
    let barrier = Arc::new(Barrier::new(2));
    start("barrier", move || {
        barrier.wait();
    });
    let sleeper = start("sleeper", || loop {
        thread::sleep(Duration::from_millis(50));
    });
    start("joiner", move || {
        sleeper.join().unwrap();
    });
    thread::sleep(Duration::from_millis(100));
    println!("READY");
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest).unwrap();
    std::process::exit(0);
}
