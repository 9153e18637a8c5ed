import type { SourceTree } from '../source-tree.ts';
import { meaningfulLines, toolVersion, versionFile } from './version-files.ts';

/** The newest release with long-term support that all current build tools know. */
const DEFAULT_JAVA = '21';
/** Fields of a build file that name its release of Java, in order of precedence. */
const PLACES: readonly (readonly [string, RegExp])[] = [
  ['pom.xml > maven.compiler.release', /<maven\.compiler\.release>\s*([\d.]+)\s*</],
  ['pom.xml > java.version', /<java\.version>\s*([\d.]+)\s*</],
  ['pom.xml > maven-compiler-plugin > release', /<release>\s*(\d+)\s*<\/release>/],
  ['pom.xml > maven.compiler.target', /<maven\.compiler\.target>\s*([\d.]+)\s*</],
  ['pom.xml > maven.compiler.source', /<maven\.compiler\.source>\s*([\d.]+)\s*</],
  ['build.gradle > toolchain', /JavaLanguageVersion\.of\(\s*['"]?(\d+)['"]?\s*\)/],
  ['build.gradle > jvmToolchain', /jvmToolchain\(\s*(\d+)\s*\)/],
  ['build.gradle > release', /\brelease(?:\.set\(\s*|\s*=\s*)(\d+)/],
  ['build.gradle > targetCompatibility', /targetCompatibility\s*=?\s*(?:JavaVersion\.VERSION_)?['"]?(\d+(?:[._]\d+)?)/],
  ['build.gradle > sourceCompatibility', /sourceCompatibility\s*=?\s*(?:JavaVersion\.VERSION_)?['"]?(\d+(?:[._]\d+)?)/],
];

/**
 * The version of Java that an app asks for. `mise.toml` or `.tool-versions`, `.java-version`, `system.properties` and
 * `.sdkmanrc` win over the release that the build file compiles for. A Gradle wrapper too old for the default gets the
 * newest Java that it runs on.
 */
export async function findJavaVersion(
  tree: SourceTree,
  buildFile: { readonly name: string; readonly text: string },
): Promise<{ version: string; versionSource: string }> {
  const line = async (file: string, key: RegExp) => {
    const lines = meaningfulLines(await tree.read(file));
    const version = lines.map((each) => key.exec(each)?.[1]).find((found) => found !== undefined);
    return version === undefined ? undefined : { value: version, source: file };
  };
  const asked =
    (await toolVersion(tree, ['java'])) ??
    (await versionFile(tree, '.java-version')) ??
    (await line('system.properties', /^java\.runtime\.version\s*[=:]\s*(\S+)/)) ??
    (await line('.sdkmanrc', /^java\s*=\s*(\S+)/));
  const named = asked && majorOf(asked.value);
  if (asked !== undefined && named !== undefined) return { version: named, versionSource: asked.source };
  for (const [place, pattern] of PLACES) {
    if (!place.startsWith(buildFile.name.replace(/\.kts$/, ''))) continue;
    const version = majorOf(pattern.exec(buildFile.text)?.[1] ?? '');
    if (version !== undefined) return { version, versionSource: place.replace('build.gradle', buildFile.name) };
  }
  const gradle = await gradleMajor(tree);
  if (gradle !== undefined && gradle <= 5) return { version: '8', versionSource: `Gradle ${gradle}` };
  return gradle === 6 || gradle === 7
    ? { version: gradle === 6 ? '11' : '17', versionSource: `Gradle ${gradle}` }
    : { version: DEFAULT_JAVA, versionSource: 'default' };
}

/** The major version of texts such as `1.8`, `VERSION_1_8` and `temurin-17.0.9+9`. */
function majorOf(text: string): string | undefined {
  const match = /^(?:[a-z][\w-]*?-)?(?:1[._](?=\d))?(\d+)/.exec(text);
  return match?.[1];
}

async function gradleMajor(tree: SourceTree): Promise<number | undefined> {
  const properties = (await tree.read('gradle/wrapper/gradle-wrapper.properties')) ?? '';
  const major = /gradle-(\d+)/.exec(properties)?.[1];
  return major === undefined ? undefined : Number(major);
}
