import type { SourceTree } from '../source-tree.ts';
import { findJavaVersion } from './java-version.ts';
import { defineProvider } from './provider.ts';

/** The order counts: the first file that exists builds the app. */
const BUILD_FILES = ['pom.xml', 'build.gradle.kts', 'build.gradle'];
/** The build copies its archive to this name, which holds no version. */
const JAR = 'app.jar';

interface Facts {
  readonly tool: 'maven' | 'gradle';
  readonly file: { readonly name: string; readonly text: string };
  readonly framework: 'spring-boot' | 'quarkus' | 'micronaut' | undefined;
  /** Whether the app has a wrapper script that downloads its build tool in the version that the app asks for. */
  readonly wrapper: boolean;
  /**
   * The path of the start script that Gradle's `application` plugin installs; undefined if the app is a single archive.
   */
  readonly installed: string | undefined;
}

/**
 * Java and Kotlin apps, with Maven or Gradle. The result is one archive, or an installation by Gradle's `application`
 * plugin.
 */
export const java = defineProvider<Facts>({
  name: 'java',
  looksFor: 'pom.xml, build.gradle or build.gradle.kts',
  startHint: 'a main class to the archive that the build makes',
  detect: ({ names }) => [...BUILD_FILES, 'gradlew'].find((name) => names.includes(name)),
  async read({ tree, names }) {
    const name = BUILD_FILES.find((each) => names.includes(each)) ?? 'build.gradle';
    const file = { name, text: await buildText(tree, name, names) };
    const tool = name === 'pom.xml' ? ('maven' as const) : ('gradle' as const);
    const script =
      tool === 'maven' ? '.mvn/wrapper/maven-wrapper.properties' : 'gradle/wrapper/gradle-wrapper.properties';
    return {
      ...{ tool, file, framework: frameworkOf(file.text) },
      wrapper: names.includes(tool === 'maven' ? 'mvnw' : 'gradlew') && (await tree.exists(script)),
      installed: tool === 'gradle' ? await installedName(tree, file.text) : undefined,
    };
  },
  async versions({ file }, { tree }) {
    return { name: 'java', ...(await findJavaVersion(tree, file)) };
  },
  install: ({ tool, file }) => ({ packageManager: { value: tool, source: file.name }, commands: [], inputs: [] }),
  build({ tool, file, wrapper, framework, installed }) {
    const [program, script] = tool === 'maven' ? ['mvn', 'mvnw'] : ['gradle', 'gradlew'];
    const run = wrapper ? `sh ./${script}` : program;
    if (tool === 'maven') {
      const command = `${run} --batch-mode --no-transfer-progress -DskipTests clean package`;
      return {
        commands: framework === 'quarkus' ? [command] : [command, copyArchive('target')],
        source: file.name,
        prune: framework === 'quarkus' ? [] : ['rm -rf target */target'],
      };
    }
    const command = `${run} --no-daemon --console=plain`;
    if (installed !== undefined)
      return { commands: [`${command} clean installDist`], source: `${file.name} > application` };
    return {
      commands: [
        `${command} clean build -x check -x test`,
        ...(framework === 'quarkus' ? [] : [copyArchive('build/libs')]),
      ],
      source: file.name,
      prune: framework === 'quarkus' ? [] : ['rm -rf build */build .gradle'],
    };
  },
  start({ tool, file, framework, installed }) {
    if (installed !== undefined) return { line: `${installed}`, source: `${file.name} > application` };
    const folder = tool === 'maven' ? 'target' : 'build';
    const archive = framework === 'quarkus' ? `${folder}/quarkus-app/quarkus-run.jar` : JAR;
    const port = framework === undefined ? '' : ` ${PORT_OPTIONS[framework]}`;
    return { line: `java -XX:MaxRAMPercentage=75 $JAVA_OPTS${port} -jar ${archive}`, source: file.name };
  },
  caches: () => ({ dependencies: [], caches: ['~/.m2', '~/.gradle'] }),
});

const PORT_OPTIONS = {
  'spring-boot': `-Dserver.port=\${PORT:-8080}`,
  quarkus: `-Dquarkus.http.port=\${PORT:-8080} -Dquarkus.http.host=0.0.0.0`,
  micronaut: `-Dmicronaut.server.port=\${PORT:-8080}`,
} as const;

function frameworkOf(text: string): Facts['framework'] {
  if (/org\.springframework\.boot|spring-boot/.test(text)) return 'spring-boot';
  if (/io\.quarkus/.test(text)) return 'quarkus';
  return /io\.micronaut/.test(text) ? 'micronaut' : undefined;
}

/** The text of the build file, and of the build files in its folders: one of these modules may be the app. */
async function buildText(tree: SourceTree, name: string, names: readonly string[]): Promise<string> {
  const folders = names.filter((each) => !each.startsWith('.') && !each.includes('.'));
  const files = [name, 'gradle/libs.versions.toml', ...folders.map((folder) => `${folder}/${name}`)];
  const texts = await Promise.all(files.map((file) => tree.read(file)));
  return texts.filter((text) => text !== undefined).join('\n');
}

/**
 * The script that `installDist` makes for an app that is not a single archive, with its path below the app's folder.
 */
async function installedName(tree: SourceTree, text: string): Promise<string | undefined> {
  if (frameworkOf(text) !== undefined || /shadow|bootJar|fatJar/i.test(text)) return undefined;
  const applies =
    /^[ \t]*(?:id[ (]+['"]application['"]\)?|application[ \t]*$|apply plugin:\s*['"]application['"]|id[ (]+['"]io\.ktor\.plugin['"])/m;
  if (!applies.test(text)) return undefined;
  const settings = (await tree.read('settings.gradle.kts')) ?? (await tree.read('settings.gradle')) ?? '';
  const module = await moduleThatApplies(tree, settings, applies);
  const name = module ?? /rootProject\.name\s*=\s*['"]([\w.-]+)['"]/.exec(settings)?.[1] ?? 'app';
  return `${module === undefined ? '' : `${module}/`}build/install/${name}/bin/${name}`;
}

async function moduleThatApplies(tree: SourceTree, settings: string, applies: RegExp): Promise<string | undefined> {
  const modules = [...settings.matchAll(/include\s*\(?\s*['"]:?([\w-]+)['"]/g)].map(([, name = '']) => name);
  for (const module of modules) {
    const text = (await tree.read(`${module}/build.gradle.kts`)) ?? (await tree.read(`${module}/build.gradle`)) ?? '';
    if (applies.test(text)) return module;
  }
  return undefined;
}

/**
 * Copies the largest archive that the build made and that can be started. Other archives hold sources, or the app
 * without its dependencies.
 */
function copyArchive(folder: string): string {
  const archives = `find . -path '*/${folder}/*.[jw]ar' ! -name '*-sources.jar' ! -name '*-javadoc.jar' ! -name '*-plain.jar' ! -name 'original-*'`;
  return `jar="$(${archives} -exec ls -S {} + | head -n 1)" && [ -n "$jar" ] && cp "$jar" ${JAR}`;
}
