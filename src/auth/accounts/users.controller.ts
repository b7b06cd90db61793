import { Body, Controller, Get, Header, Param, Patch, Post } from '@nestjs/common';
import { ApiConsumes, ApiExtraModels, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Author, RequestAuthor } from '../../identity/author';
import { MERGE_PATCH_TYPE } from '../../body/media-types';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import { Representation } from '../../responses/representation';
import { SetRouteOptions } from '../../routing/route-options';
import { Requires } from '../roles/requires.decorator';
import { CreateUserDto, UpdateUserDto, UserDto, UserListDto } from './accounts.dto';
import { NAME_PATTERN } from './user.entity';
import { Users } from './users.service';

const NameParam = ApiParam({
  name: 'name',
  schema: { type: 'string', pattern: NAME_PATTERN },
  example: 'ada@example.com',
});

/** Users who sign in with a password. There is no registration: administrators create users. */
@ApiTags('access')
@ApiExtraModels(UserDto)
@Controller({ path: 'users', version: '1' })
export class UsersController {
  constructor(private readonly users: Users) {}

  @Post()
  @Requires('admin')
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({
    operationId: 'createUser',
    summary: 'Create a user',
    description: 'The user can sign in with the name and the password.',
  })
  @ApiResponse({ status: 201, description: 'The user.', type: UserDto })
  @ApiProblems('conflict', ...WRITE_PROBLEMS)
  async create(@Body() user: CreateUserDto, @RequestAuthor() author: Author): Promise<Representation> {
    return Representation.of(await this.users.create(user, author), 201);
  }

  @Get()
  @Requires('admin')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'listUsers',
    summary: 'List users',
    description: 'All users by name, disabled ones too.',
  })
  @ApiResponse({ status: 200, description: 'All users.', type: UserListDto })
  @ApiProblems('invalid_parameter')
  async list(): Promise<Representation> {
    return Representation.of({ data: await this.users.list() });
  }

  @Get(':name')
  @NameParam
  @Requires('admin')
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'readUser', summary: 'Get a user', description: 'The user without the password.' })
  @ApiResponse({ status: 200, description: 'The user.', type: UserDto })
  @ApiProblems('invalid_parameter', 'not_found')
  async get(@Param('name') name: string): Promise<Representation> {
    return Representation.of(await this.users.get(name));
  }

  @Patch(':name')
  @NameParam
  @ApiConsumes(MERGE_PATCH_TYPE)
  @Requires('admin')
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({
    operationId: 'patchUser',
    summary: 'Change a user',
    description: 'Absent members stay unchanged. A user can be disabled but not deleted, because revisions name users.',
  })
  @ApiResponse({ status: 200, description: 'The changed user.', type: UserDto })
  @ApiProblems('not_found', ...WRITE_PROBLEMS.filter((code) => code !== 'invalid_header'))
  async change(
    @Param('name') name: string,
    @Body() change: UpdateUserDto,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    return Representation.of(await this.users.change(name, change, author));
  }
}
