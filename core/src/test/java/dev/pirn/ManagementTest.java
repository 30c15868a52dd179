package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import javax.management.JMX;
import javax.management.ObjectName;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Coroutines as a JMX client sees them. */
class ManagementTest {
    @AfterEach
    void stop() {
        Coroutines.track(false);
    }

    @Test
    void aClientReadsTheDumpThroughASocket() throws Exception {
        var name = new ObjectName("dev.pirn:type=Coroutines");
        var platform = ManagementFactory.getPlatformMBeanServer();
        Beans.await(platform, name, false); // Of the test before.
        Coroutines.track(true);
        Beans.await(platform, name, true);
        var co = Coroutine.create("seen by a client", Coroutine::yield);
        co.enter();
        var server = JMXConnectorServerFactory.newJMXConnectorServer(new JMXServiceURL("service:jmx:rmi://"),
                null, platform);
        server.start();
        try (var client = JMXConnectorFactory.connect(server.getAddress())) {
            var bean = JMX.newMXBeanProxy(client.getMBeanServerConnection(), name, CoroutinesMXBean.class);
            assertEquals(1, bean.getLive());
            assertEquals(Coroutines.lostCount(), bean.getLost());
            assertTrue(bean.dump().contains("\n\"seen by a client\" #"), bean.dump());
            assertTrue(bean.dumpJson().contains("\"name\":\"seen by a client\""), bean.dumpJson());
        } finally {
            server.stop();
        }
        co.enter();
        Coroutines.track(false);
        Beans.await(platform, name, false);
    }
}
