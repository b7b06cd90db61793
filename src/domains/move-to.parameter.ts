import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { textParameters } from '../routing/query-parameters';
import { SetRouteOptions } from '../routing/route-options';

const moveTo = textParameters('move_to');

/** The query of DELETE with the optional parameter `move_to`. */
export type MoveToQuery = ReturnType<typeof moveTo.parse>;

/** Decorator: the route accepts the query parameter `move_to`. */
export const MoveToParameter = applyDecorators(
  ApiQuery({
    name: 'move_to',
    required: false,
    description: 'The domain that gets the subdomains, metrics and objectives of the deleted one.',
    schema: { type: 'string' },
  }),
  SetRouteOptions({ query: moveTo }),
);
