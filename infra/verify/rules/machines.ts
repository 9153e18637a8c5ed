import validate from 'asl-validator';
import { type Finding, property, resources, type Templates } from '../template.ts';

/** The findings of asl-validator on each machine's definition, with a stand-in for each substitution. */
export function machineFindings(templates: Templates): Finding[] {
  return resources(templates, 'AWS::StepFunctions::StateMachine').flatMap((placed) => {
    const definition = String(property(placed, 'DefinitionString')).replace(/\$\{(\w+)\}/g, (_, name: string) =>
      name === 'Partition' ? 'aws' : `arn:aws:lambda:xx-test-1:000000000000:function:${name}`,
    );
    const { errors } = validate(JSON.parse(definition));
    return errors.map((error) => ({ rule: 'asl', at: placed.at, what: JSON.stringify(error) }));
  });
}
