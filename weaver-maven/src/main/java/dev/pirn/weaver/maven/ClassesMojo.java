package dev.pirn.weaver.maven;

import dev.pirn.weaver.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.artifact.DependencyResolutionRequiredException;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;

/** What the goals have in common: a folder of classes, and messages that may fail the build. */
abstract class ClassesMojo extends AbstractMojo {
    /** The module that is built. */
    @Parameter(defaultValue = "${project}", readonly = true, required = true)
    MavenProject project;

    /** Does nothing, if true. */
    @Parameter(property = "pirn.skip", defaultValue = "false")
    boolean skip;

    /** Fails the build at a warning too. */
    @Parameter(property = "pirn.failOnWarning", defaultValue = "false")
    boolean failOnWarning;

    @Override
    public final void execute() throws MojoExecutionException, MojoFailureException {
        Path folder = folder();
        if (skip || !Files.isDirectory(folder)) {
            getLog().info(skip ? "skipped" : "no classes in " + folder);
            return;
        }
        try {
            report(messages(folder, classPath().stream().map(Path::of).toList()));
        } catch (IOException e) {
            throw new MojoExecutionException(e.getMessage(), e);
        } catch (DependencyResolutionRequiredException e) {
            throw new MojoExecutionException("a dependency is not resolved: " + e.getMessage(), e);
        }
    }

    abstract Path folder();

    abstract List<String> classPath() throws DependencyResolutionRequiredException;

    abstract List<Message> messages(Path folder, List<Path> classPath) throws IOException;

    private void report(List<Message> messages) throws MojoFailureException {
        int errors = 0;
        int warnings = 0;
        for (Message each : messages) {
            switch (each.severity()) {
                case INFO -> getLog().debug(text(each));
                case WARNING -> {
                    warnings++;
                    getLog().warn(text(each));
                }
                case ERROR -> {
                    errors++;
                    getLog().error(text(each));
                }
            }
        }
        if (errors > 0) throw new MojoFailureException(counted(errors, "error"));
        if (failOnWarning && warnings > 0) throw new MojoFailureException(counted(warnings, "warning"));
    }

    private static String counted(int count, String what) {
        return "pirn: " + count + " " + what + (count == 1 ? "" : "s") + ", see above";
    }

    /** As Maven prints those of compilers: terminals and IDEs find the file. */
    private String text(Message message) {
        String file = message.file();
        for (String root : roots()) {
            Path source = Path.of(root, file);
            if (Files.exists(source)) file = source.toString();
        }
        return (message.line() > 0 ? file + ":[" + message.line() + ",1]" : file) + " " + message.text();
    }

    abstract List<String> roots();
}
