"""The pages' templates, compiled when this is imported."""

from node.web.rendering import _environment

for name in _environment().list_templates():
    _environment().get_template(name)
