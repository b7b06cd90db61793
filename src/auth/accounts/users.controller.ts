import { Body, Controller, Get, Header, Param, Patch, Post } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Author, RequestAuthor } from '../../identity/author';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import { Representation } from '../../responses/representation';
import { SetRouteOptions } from '../../routing/route-options';
import { Requires } from '../roles/requires.decorator';
import { CreateUserDto, UpdateUserDto, UserDto, UserListDto } from './accounts.dto';
import { Users } from './users.service';

/** Users who sign in with a password. There is no registration: administrators create users. */
@ApiTags('access')
@ApiExtraModels(UserDto)
@Controller({ path: 'users', version: '1' })
export class UsersController {
  constructor(private readonly users: Users) {}

  @Post()
  @Requires('admin')
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({ summary: 'Create a user' })
  @ApiResponse({ status: 201, description: 'The user.', type: UserDto })
  @ApiProblems('conflict', ...WRITE_PROBLEMS)
  async create(@Body() user: CreateUserDto, @RequestAuthor() author: Author): Promise<Representation> {
    return Representation.of(await this.users.create(user, author), 201);
  }

  @Get()
  @Requires('admin')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'List users', description: 'All users by name, disabled ones too.' })
  @ApiResponse({ status: 200, description: 'All users.', type: UserListDto })
  @ApiProblems('invalid_parameter')
  async list(): Promise<Representation> {
    return Representation.of({ data: await this.users.list() });
  }

  @Get(':name')
  @Requires('admin')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Get a user' })
  @ApiResponse({ status: 200, description: 'The user.', type: UserDto })
  @ApiProblems('invalid_parameter', 'not_found')
  async get(@Param('name') name: string): Promise<Representation> {
    return Representation.of(await this.users.get(name));
  }

  @Patch(':name')
  @Requires('admin')
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({
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
