package dev.pirn.nbd;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * A request for the Flight Recorder: from when all of it was received until its reply was handed to the
 * system. Linked only where the module jdk.jfr is: see {@link Transaction}.
 */
@Name("dev.pirn.nbd.Request")
@Label("NBD Request")
@Description("A request of an NBD client, from its receipt until its reply was sent")
@Category("Pirn")
@StackTrace(false)
final class RequestEvent extends Event {
    @Label("Client") String client;
    @Label("Export") String export;
    @Label("Type") String type;
    @Label("Offset") @DataAmount long offset;
    @Label("Length") @DataAmount long length;
    @Label("Error") @Description("The NBD error value; 0 if it succeeded") int error;

    /** Begins one; or null if nobody records. */
    static RequestEvent begun() {
        var event = new RequestEvent();
        if (!event.isEnabled()) return null;
        event.begin();
        return event;
    }

    /** Ends one, as the reply says. */
    void end(Connection of, Request request, int error) {
        end();
        if (!shouldCommit()) return;
        client = of.toString();
        export = of.exportName();
        type = request.typeName();
        offset = request.offset();
        length = request.length();
        this.error = error;
        commit();
    }
}
