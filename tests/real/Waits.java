// SPDX-License-Identifier: MIT
// Threads of the JVM, each of which waits in one way, named after it. Runs until its standard input ends.
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

public class Waits {
    static void start(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Object monitor = new Object();
        ReentrantLock lock = new ReentrantLock(true);
        for (int number = 0; number < 4; number++) {
            start("monitor" + number, () -> {
                while (true) {
                    synchronized (monitor) {
                        pause(10);
                    }
                }
            });
            start("reentrant" + number, () -> {
                while (true) {
                    lock.lock();
                    pause(10);
                    lock.unlock();
                }
            });
        }
        start("park", LockSupport::park);
        Object never = new Object();
        start("wait", () -> {
            synchronized (never) {
                try {
                    never.wait();
                } catch (InterruptedException interrupted) {
                    return;
                }
            }
        });
        start("busy", () -> {
            long sum = 0;
            while (true) {
                sum += System.nanoTime();
                if (sum == 1) {
                    System.out.println(sum);
                }
            }
        });
        pause(500);
        System.out.println("READY");
        while (System.in.read() >= 0) {
        }
    }
}
