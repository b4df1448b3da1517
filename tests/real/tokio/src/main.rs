// SPDX-License-Identifier: MIT
// Two workers without a task, a main thread in block_on, and a blocking task that sleeps.
use std::io::Read;
use std::time::Duration;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    tokio::task::spawn_blocking(|| loop {
        std::thread::sleep(Duration::from_secs(1000));
    });
    std::thread::Builder::new()
        .name("input".into())
        .spawn(|| {
            let _ = std::io::stdin().read(&mut [0]);
            std::process::exit(0);
        })
        .unwrap();
    println!("READY");
    let _ = listener.accept().await;
}
