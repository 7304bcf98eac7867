"""The two layers: our own code and what it depends on, built beforehand by `python -m infra.bundle`."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.settings import SettingError, Settings

RUNTIME = lambda_.Runtime.PYTHON_3_13


def architecture(settings: Settings) -> lambda_.Architecture:
    """The processor of every function and layer of the stage."""
    return lambda_.Architecture.ARM_64 if settings.architecture == "arm64" else lambda_.Architecture.X86_64


class Layers(Construct):
    """`all`, in the order in which functions take them. Raises SettingError when one is not built."""

    def __init__(self, scope: Construct, id_: str, settings: Settings) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self.dependencies = self._layer("dependencies", settings.dependencies_dir)
        self.caring = self._layer("caring", settings.caring_layer_dir)
        self.all = [self.dependencies, self.caring]

    def _layer(self, name: str, folder: Path) -> lambda_.LayerVersion:
        if not (folder / "python").is_dir():
            raise SettingError(
                f"the layer {name} is not built at {folder}: run `python -m infra.bundle --target "
                f"{self._settings.layers_target}` first"
            )
        return lambda_.LayerVersion(
            self,
            name.title(),
            layer_version_name=self._settings.name(name),
            code=lambda_.Code.from_asset(str(folder)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[architecture(self._settings)],
        )
