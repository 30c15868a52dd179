package dev.pirn.weaver.maven;

import dev.pirn.weaver.Message;
import dev.pirn.weaver.Weaver;
import dev.pirn.weaver.Weaving;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.artifact.DependencyResolutionRequiredException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;

/** Weaves the module's classes, in place, after they are compiled. */
@Mojo(name = "weave", defaultPhase = LifecyclePhase.PROCESS_CLASSES, threadSafe = true,
        requiresDependencyResolution = ResolutionScope.COMPILE)
public class WeaveMojo extends ClassesMojo {
    /** Lets what cannot be woven be as it is, with a warning, instead of failing. */
    @Parameter(property = "pirn.hybrid", defaultValue = "false")
    boolean hybrid;

    /** For Maven. */
    public WeaveMojo() { }

    @Override
    Path folder() {
        return Path.of(project.getBuild().getOutputDirectory());
    }

    @Override
    List<String> classPath() throws DependencyResolutionRequiredException {
        return project.getCompileClasspathElements();
    }

    @Override
    List<String> roots() {
        return project.getCompileSourceRoots();
    }

    @Override
    final List<Message> messages(Path folder, List<Path> classPath) throws IOException {
        var report = Weaving.weave(List.of(folder), classPath, new Weaver.Options(hybrid));
        getLog().info(report.given() == 0 ? "nothing has changed: the classes are woven"
                : report.given() + " of " + report.classes() + " classes looked at, " + report.written()
                        + " files written");
        return report.messages();
    }
}
