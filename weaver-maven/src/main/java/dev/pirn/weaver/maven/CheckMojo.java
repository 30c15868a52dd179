package dev.pirn.weaver.maven;

import dev.pirn.weaver.Checking;
import dev.pirn.weaver.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.artifact.DependencyResolutionRequiredException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.ResolutionScope;

/** Checks that coroutine functions are called in coroutines only, and do not block. */
@Mojo(name = "check", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true,
        requiresDependencyResolution = ResolutionScope.COMPILE)
public class CheckMojo extends ClassesMojo {
    /** For Maven. */
    public CheckMojo() { }

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
    List<Message> messages(Path folder, List<Path> classPath) throws IOException {
        return Checking.check(List.of(folder), classPath);
    }
}
