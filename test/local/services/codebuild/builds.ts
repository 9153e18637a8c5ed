import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodeBuildClient, ListBuildsForProjectCommand, StopBuildCommand } from '@aws-sdk/client-codebuild';
import { newId } from '@gantry/contract/ids.ts';
import { describe, expect, it } from '@jest/globals';
import { PARTS } from '../../../../local/disk.ts';
import { workFolder } from '../../../../local/work-folder.ts';
import { actingAs } from '../../caller.ts';
import { until } from '../states/ports.ts';
import { isRunning, PROJECT, phase, setUp } from './fixture.ts';

describe('a build', () => {
  it('runs its phases in one shell with source, variables and role, and returns its exported variables', async () => {
    const { start, ended, lines, at } = await setUp({
      env: { variables: { FROM_SPEC: 'spec', FROM_PROJECT: 'spec' }, 'exported-variables': ['ANSWER'] },
      phases: {
        install: { commands: ['cd "$CODEBUILD_SRC_DIR" && shell_only=kept'] },
        build: {
          commands: [
            'cat hello.txt; echo',
            'echo "$FROM_SPEC $FROM_PROJECT $GIVEN $BUILD_ENGINE $shell_only"',
            `node -p "process.version.slice(0, 3) + process.env.AWS_ACCESS_KEY_ID.slice(0, 4)"`,
            '[ "$HOME" = "$(dirname "$CODEBUILD_SRC_DIR")/home" ] && echo own home',
            `echo "\${CODEBUILD_SRC_DIR%/*/src}"`,
            'export ANSWER="it\'s 42"',
          ],
        },
        post_build: { commands: ['echo "succeeding $CODEBUILD_BUILD_SUCCEEDING"'] },
      },
    });
    const id = await start({
      environmentVariablesOverride: [{ name: 'GIVEN', value: 'given', type: 'PLAINTEXT' }],
      logsConfigOverride: { cloudWatchLogs: { status: 'ENABLED', groupName: 'builds', streamName: 'dpl_1' } },
    });
    const build = await ended(id);
    const output = lines(build).filter((line) => !line.startsWith('[Container]'));
    expect(output).toEqual([
      'from the asset',
      'spec project given process kept',
      `${process.version.slice(0, 3)}ASIA`,
      'own home',
      join(workFolder(at.kernel.dataDir), PARTS.builds),
      'succeeding 1',
    ]);
    expect(build).toMatchObject({ buildStatus: 'SUCCEEDED', currentPhase: 'COMPLETED' });
    expect(build.exportedEnvironmentVariables).toEqual([{ name: 'ANSWER', value: "it's 42" }]);
    expect(build.logs?.streamName).toMatch(/^dpl_1\/[0-9a-f-]{36}$/);
    expect(readdirSync(join(workFolder(at.kernel.dataDir), PARTS.builds))).toEqual([]);
    expect(at.kernel.meter.snapshot()['codebuild.seconds']).toBeGreaterThan(0);
  });

  it.each([
    ['fails', 'false'],
    ['ends the shell', 'exit 7'],
  ])('that %s reports phase and exit code, and still runs the later phases', async (_, command) => {
    const { start, ended, lines } = await setUp({
      phases: {
        build: { commands: [command, 'echo never'] },
        post_build: { commands: ['echo "after $CODEBUILD_BUILD_SUCCEEDING"'] },
      },
    });
    const build = await ended(await start());
    expect(build.buildStatus).toBe('FAILED');
    expect(phase(build, 'BUILD')).toMatchObject({
      phaseStatus: 'FAILED',
      contexts: [{ statusCode: 'COMMAND_EXECUTION_ERROR', message: expect.stringContaining(command) }],
    });
    expect(lines(build)).toContain('after 0');
    expect(lines(build)).not.toContain('never');
  });

  it('is stopped with all of its processes, by a call and by its time limit', async () => {
    const hidden = `sleep 300.${process.pid}`;
    const commands = [`echo > "$CODEBUILD_SRC_DIR/../../../$MARK"; (sleep 300 & env -i setsid ${hidden} & wait)`];
    const { start, ended, client, at, heard } = await setUp(
      { phases: { build: { commands } } },
      { TimeoutInMinutes: 0.02 },
    );
    const mark = (value: string) => ({ environmentVariablesOverride: [{ name: 'MARK', value }] });
    const late = await ended(await start(mark('late')));
    expect([late.buildStatus, phase(late, 'BUILD')?.phaseStatus]).toEqual(['TIMED_OUT', 'TIMED_OUT']);
    expect(heard(late.id ?? '')).toEqual(['IN_PROGRESS', 'TIMED_OUT']);
    const id = await start({ ...mark('stopped'), timeoutInMinutesOverride: 5 });
    await until(
      'the build runs',
      () => (existsSync(join(workFolder(at.kernel.dataDir), 'stopped')) && isRunning(hidden)) || undefined,
    );
    await client.send(new StopBuildCommand({ id }));
    expect((await ended(id)).buildStatus).toBe('STOPPED');
    expect(heard(id)).toEqual(['IN_PROGRESS', 'STOPPED']);
    await until('no process of the build runs', () => !isRunning(hidden) || undefined);
  });

  it('reports its start and its end to EventBridge, with its variables and phases', async () => {
    const { start, ended, told, heard } = await setUp({ phases: { build: { commands: ['(exit $CODE)'] } } });
    const given = (value: string) => ({ environmentVariablesOverride: [{ name: 'CODE', value }] });
    const id = await start(given('3'));
    const build = await ended(id);
    expect(heard(id)).toEqual(['IN_PROGRESS', 'FAILED']);
    expect(told[1]).toEqual({
      source: 'aws.codebuild',
      detailType: 'CodeBuild Build State Change',
      resources: [build.arn],
      detail: {
        'build-status': 'FAILED',
        'project-name': 'builds',
        'build-id': build.arn,
        'additional-information': expect.objectContaining({
          'build-complete': true,
          initiator: 'operator',
          'build-start-time': expect.stringMatching(/^[A-Z][a-z]{2} \d+, \d{4} \d+:\d\d:\d\d [AP]M$/),
          source: { type: 'S3', location: 'assets/a.zip' },
          environment: expect.objectContaining({
            image: 'any',
            'environment-variables': [
              { name: 'FROM_PROJECT', value: 'project', type: 'PLAINTEXT' },
              { name: 'BUILD_ENGINE', value: 'buildx', type: 'PLAINTEXT' },
              { name: 'CODE', value: '3', type: 'PLAINTEXT' },
            ],
          }),
          logs: expect.objectContaining({ 'group-name': 'builds', 'stream-name': build.logs?.streamName }),
          phases: expect.arrayContaining([
            expect.objectContaining({
              'phase-type': 'BUILD',
              'phase-status': 'FAILED',
              'phase-context': [expect.stringMatching(/^COMMAND_EXECUTION_ERROR: .*exit \$CODE\).*exit status 3$/)],
            }),
          ]),
        }),
        'current-phase': 'COMPLETED',
        'current-phase-context': '[]',
        version: '1',
      },
    });
    const good = await start(given('0'));
    await ended(good);
    expect(heard(good)).toEqual(['IN_PROGRESS', 'SUCCEEDED']);
  });

  it('that cannot run on the machine ends as FAULT, and EventBridge hears of it', async () => {
    const { start, ended, heard, at } = await setUp({ phases: {} });
    writeFileSync(join(workFolder(at.kernel.dataDir), PARTS.builds), 'no folder');
    const id = await start();
    expect((await ended(id)).buildStatus).toBe('FAULT');
    expect(heard(id)).toEqual(['IN_PROGRESS', 'FAULT']);
  });

  it("is refused above the project's limit, and a repeated token gets the same build", async () => {
    const { start, client } = await setUp(
      { phases: { build: { commands: ['sleep 30'] } } },
      { ConcurrentBuildLimit: 1 },
    );
    const id = await start({ idempotencyToken: 'once' });
    expect(await start({ idempotencyToken: 'once' })).toBe(id);
    await expect(start()).rejects.toMatchObject({ name: 'AccountLimitExceededException' });
    await client.send(new StopBuildCommand({ id }));
  });

  it('is listed with its variables, newest first and a hundred per page', async () => {
    const { start, ended, get, client, at } = await setUp({ phases: {} });
    const id = await start({ environmentVariablesOverride: [{ name: 'DEPLOYMENT_ID', value: 'dpl_1' }] });
    await ended(id);
    const variables = (await get(id))?.environment?.environmentVariables?.map(({ name, value }) => `${name}=${value}`);
    expect(variables).toEqual(['FROM_PROJECT=project', 'BUILD_ENGINE=buildx', 'DEPLOYMENT_ID=dpl_1']);
    const records = at.kernel.store.collection<{ readonly build: object }>('codebuild.builds');
    const record = records.get(id);
    for (let number = 2; number <= 102; number += 1) {
      const build = { ...record?.build, id: `builds:${number}`, buildNumber: number, buildComplete: true };
      records.put(build.id, { ...record, build });
    }
    const list = (nextToken?: string) =>
      client.send(new ListBuildsForProjectCommand({ projectName: 'builds', nextToken }));
    const first = await list();
    expect([first.ids?.[0], first.ids?.at(-1), first.ids?.length]).toEqual(['builds:102', 'builds:3', 100]);
    const { ids, nextToken } = await list(first.nextToken);
    expect([ids, nextToken]).toEqual([['builds:2', id], undefined]);
    const role = at.role('reader', [{ Effect: 'Allow', Action: 'codebuild:BatchGetBuilds', Resource: PROJECT }]);
    const reader = new CodeBuildClient(at.client(role));
    await expect(reader.send(new ListBuildsForProjectCommand({ projectName: 'builds' }))).rejects.toThrow(
      'codebuild:ListBuildsForProject',
    );
  });

  it('of a deployment is stopped by the platform, and builds of another deployment or a later run continue', async () => {
    const { start, get, at } = await setUp({ phases: { build: { commands: ['sleep 30'] } } });
    const stopping = async () => {
      const { stopBuildsOf } = await import('@gantry/core/deployments/builds.ts');
      const [own, other] = [newId('deployment'), newId('deployment')];
      const of = (value: string) => ({ environmentVariablesOverride: [{ name: 'DEPLOYMENT_ID', value }] });
      const ids = [await start(of(own)), await start(of(other))];
      const statuses = async () => (await Promise.all(ids.map(get))).map((build) => build?.buildStatus);
      await stopBuildsOf(own, Date.now() - 60_000);
      expect(await statuses()).toEqual(['IN_PROGRESS', 'IN_PROGRESS']);
      await stopBuildsOf(own);
      await until('the build has stopped', async () => (await statuses())[0] === 'STOPPED' || undefined);
      await stopBuildsOf(own);
      expect(await statuses()).toEqual(['STOPPED', 'IN_PROGRESS']);
    };
    await actingAs(at, { kind: 'operator' }, stopping, { BUILD_PROJECT: 'builds' });
  });

  it('keeps 10 MB of output, and says that more was dropped', async () => {
    const { start, ended, lines } = await setUp({
      phases: { build: { commands: ['yes "$(printf %01000d 0)" | head -n 12000; echo done'] } },
    });
    const build = await ended(await start());
    expect(build.buildStatus).toBe('SUCCEEDED');
    const kept = lines(build);
    expect(kept.at(-1)).toMatch(/more than 10 MB/);
    expect(kept.length).toBeLessThan(10_600);
  });

  it('needs the right of its role to read its source', async () => {
    const { start, ended, at } = await setUp({ phases: { build: { commands: ['true'] } } });
    at.kernel.iam.suspend('test/buildPolicy/0', true);
    const build = await ended(await start());
    expect(build.buildStatus).toBe('FAILED');
    expect(phase(build, 'DOWNLOAD_SOURCE')?.contexts?.[0]?.message).toContain('s3:GetObject');
  });

  it('with an unsupported buildspec key is refused by name', async () => {
    await expect(setUp({ phases: {}, artifacts: {} })).rejects.toThrow(/artifacts is not emulated/);
    await expect(setUp({ phases: { build: { 'on-failure': 'CONTINUE' } } })).rejects.toThrow(/phases.build.on-failure/);
  });
});
