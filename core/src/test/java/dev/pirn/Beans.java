package dev.pirn;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerDelegate;
import javax.management.NotificationListener;
import javax.management.ObjectName;

/** Waits for beans that come and go by themselves. */
final class Beans {
    private static final int LIMIT_SECONDS = 20;

    private Beans() { }

    /** Returns when a bean is there, or is gone. */
    static void await(MBeanServer server, ObjectName name, boolean wanted)
            throws JMException, InterruptedException, TimeoutException {
        var changes = new Semaphore(0);
        NotificationListener listener = (change, _) -> changes.release();
        server.addNotificationListener(MBeanServerDelegate.DELEGATE_NAME, listener, null, null);
        try {
            while (server.isRegistered(name) != wanted) {
                if (!changes.tryAcquire(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    throw new TimeoutException(name + (wanted ? " does not come" : " stays"));
                }
            }
        } finally {
            server.removeNotificationListener(MBeanServerDelegate.DELEGATE_NAME, listener);
        }
    }
}
