/**
 * The digest of each base image's tag, as the registry answered when `npm run base-images` last asked it; empty if
 * nobody asked yet. A tag that is missing here is pulled by its name alone. The command writes this file: add names by
 * hand, but never digests.
 */
export const BASE_DIGESTS: Readonly<Record<string, string>> = {
  'alpine:3.22': '',
  'composer:2': '',
  'debian:bookworm-slim': '',
  'eclipse-temurin:17-jre': '',
  'eclipse-temurin:21-jre': '',
  'eclipse-temurin:25-jre': '',
  'elixir:1.18': '',
  'golang:1.25': '',
  'golang:1.26': '',
  'gradle:8-jdk17': '',
  'gradle:8-jdk21': '',
  'maven:3-eclipse-temurin-17': '',
  'maven:3-eclipse-temurin-21': '',
  'maven:3-eclipse-temurin-25': '',
  'node:20-slim': '',
  'node:22-slim': '',
  'node:24-slim': '',
  'node:26-slim': '',
  'php:8.3-fpm-bookworm': '',
  'php:8.4-fpm-bookworm': '',
  'php:8.5-fpm-bookworm': '',
  'python:3.12-bookworm': '',
  'python:3.12-slim-bookworm': '',
  'python:3.13-bookworm': '',
  'python:3.13-slim-bookworm': '',
  'python:3.14-bookworm': '',
  'python:3.14-slim-bookworm': '',
  'ruby:3.3-bookworm': '',
  'ruby:3.3-slim-bookworm': '',
  'ruby:3.4-bookworm': '',
  'ruby:3.4-slim-bookworm': '',
  'rust:1.95-bookworm': '',
};
