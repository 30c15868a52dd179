package dev.pirn;

import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The bean. Linked only where the module java.management is: see {@link Registry}. */
final class Management implements CoroutinesMXBean {
    private Management() { }

    /** Registers the bean, or removes it. Anything that keeps it from that is logged: JMX is an extra. */
    static void show(boolean wanted) {
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
