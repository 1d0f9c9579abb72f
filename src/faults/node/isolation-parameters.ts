import { parseCidr } from '../network/filter-parameters.ts';
import { flagParameter, listParameter, type Parameter } from '../parameters/parameter.ts';

export function addressList(common: { sets: string; description: string }): Parameter {
  return listParameter({
    ...common,
    item: parseCidr,
    expected: 'IP addresses, or blocks of them such as 10.0.0.0/8',
    example: ['10.0.0.0/8'],
    refused: ['10.0.0.1/8', 'host', '10.0.0.0/33'],
  });
}

export const exceptCidrs = addressList({
  sets: 'exceptCidrs',
  description: 'addresses the nodes still reach, and that reach them, for example those from which they are administered',
});

export const controlPlaneNodes = flagParameter({
  sets: 'controlPlaneNodes',
  default: false,
  description: 'do it to nodes of the control plane, too',
});
