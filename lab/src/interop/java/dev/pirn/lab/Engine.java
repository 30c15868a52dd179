package dev.pirn.lab;

/** How the server does its I/O: the words of {@code serve --engine}. */
enum Engine { nio, uring }
