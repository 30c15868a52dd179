package dev.pirn;

import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The bean. Linked only where the module java.management is: see {@link Registry}. */
final class Management implements CoroutinesMXBean {
    private Management() { }

    /**
     * Has the bean registered or removed soon, as tracking is then. By a thread of its own: to make the
     * platform's server and its other beans takes a third of the time in which {@code pirn serve} starts.
     */
    static void follow() {
        var thread = new Thread(null, Management::show, "pirn-jmx", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    /** Logs what keeps it from that: JMX is an extra. One at a time, and the last has its way. */
    private static synchronized void show() {
        boolean wanted = Registry.tracking;
        try {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            var name = new ObjectName("dev.pirn:type=Coroutines");
            if (server.isRegistered(name)) server.unregisterMBean(name);
            if (wanted) server.registerMBean(new Management(), name);
        } catch (JMException | RuntimeException e) {
            System.getLogger("dev.pirn").log(Level.WARNING, "no JMX bean dev.pirn:type=Coroutines: " + e);
        }
    }

    @Override
    public int getLive() {
        return Registry.live();
    }

    @Override
    public long getLost() {
        return Registry.lost();
    }

    @Override
    public String dump() {
        return Dump.text(Sighting.now());
    }

    @Override
    public String dumpJson() {
        return Json.dump(Sighting.now());
    }
}
